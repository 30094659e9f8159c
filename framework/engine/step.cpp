#include "engine/step.hpp"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/io/error.hpp"
#include "engine/metric_names.hpp"

namespace trainbus {

StepContext::StepContext(const StepInputs& inputs) : in_(inputs) {
  static thread_local OneProcess alone;  // no round outlives a step
  if (!in_.communicator) in_.communicator = &alone;
}

Parameters& StepContext::parameters() {
  if (in_.replay) in_.replay->flush();
  return in_.model.parameters();
}

std::size_t StepContext::micro_count() const {
  return in_.recorded ? in_.record.tokens.size() : in_.window.size();
}

double StepContext::total_weight() const {
  double total = 0;
  for (const Batch& batch : in_.window) total += batch.weight;
  return total;
}

void StepContext::publish_forward(double loss, std::size_t micro, int side) {
  ++in_.forwards;
  const std::uint32_t tokens = in_.record.tokens[micro];
  outcome_.tokens += tokens;
  if (!in_.publisher.wanted(EventKind::Forward)) return;
  Event& event = in_.publisher.begin(EventKind::Forward);
  event.set(metric::loss, loss);
  event.set(metric::side, side);
  event.set(metric::micro, static_cast<double>(micro));
  event.set(metric::micro_count, static_cast<double>(micro_count()));
  event.set(metric::tokens, tokens);
  event.set(metric::forwards, static_cast<double>(in_.forwards));
  in_.publisher.publish();
}

void StepContext::publish_backward(std::size_t micro) {
  in_.publisher.publish(EventKind::Backward,
                        {{metric::micro, static_cast<double>(micro)},
                         {metric::micro_count, static_cast<double>(micro_count())}});
}

// Adds the loss of a forward pass to the journal's record, and publishes it.
void StepContext::record_forward(double loss, std::size_t micro, int side) {
  if (in_.record.tokens.size() == micro)
    in_.record.tokens.push_back(static_cast<std::uint32_t>(in_.window[micro].token_count));
  in_.record.losses.push_back(static_cast<float>(loss));
  publish_forward(loss, micro, side);
}

// One loss for each side.
void StepContext::refuse_record(const std::string& what) const {
  throw RunError("step " + std::to_string(in_.step + 1) + " " + what, "journal",
                 "The run was made with other options or another version of the optimizer: "
                 "resume with those, or start a new run.");
}

void StepContext::update(const Direction& z, double projected_grad, double weight_decay) {
  const Move move[] = {{&z, projected_grad}};
  update(move, projected_grad, weight_decay);
}

void StepContext::update(std::span<const Move> moves, double projected_grad, double weight_decay) {
  const at::NoGradGuard no_grad;
  in_.publisher.publish(EventKind::OptimizerStep, {{metric::projected_grad, projected_grad}});
  std::vector<Direction::Term> terms;
  for (const Move& move : moves) {
    terms.push_back({move.z, static_cast<float>(in_.lr * move.g)});
    outcome_.skipped |= !std::isfinite(terms.back().coefficient);
  }
  for (Direction::Term& term : terms)
    if (outcome_.skipped) term.coefficient = 0;
  const auto decay = outcome_.skipped ? 0.0f : static_cast<float>(in_.lr * weight_decay);
  keep_or_compare(terms, decay);
  if (outcome_.skipped) return;
  if (!in_.recorded)
    update_parameters(parameters(), terms, decay);
  else if (in_.replay)
    in_.replay->update(terms, decay);
}

// The coefficients follow from the losses, so those of a replayed step show whether the optimizer
// is still the same.
void StepContext::keep_or_compare(std::span<const Direction::Term> terms, float decay) {
  std::vector<float> coefficients;
  for (const Direction::Term& term : terms) coefficients.push_back(term.coefficient);
  if (!in_.recorded) {
    in_.record.coefficients = std::move(coefficients);
    in_.record.decay = decay;
  } else if (coefficients != in_.record.coefficients || decay != in_.record.decay) {
    refuse_record("updated the parameters by other coefficients than the optimizer computes now");
  }
}

StepOutcome StepContext::finish() {
  if (took_gradients_ && !published_update_) publish_update();
  return std::move(outcome_);
}

void StepContext::record(std::string_view name, double value) { record(intern(name), value); }

}  // namespace trainbus
