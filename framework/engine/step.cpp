#include "engine/step.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <cmath>

#include "core/io/error.hpp"
#include "engine/batch_check.hpp"
#include "engine/directions/low_rank_weights.hpp"
#include "engine/metric_names.hpp"

namespace trainbus {

StepContext::StepContext(const StepInputs& inputs) : in_(inputs) {
  if (!in_.communicator) in_.communicator = &one_process();
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
  in_.communicator->sum_in_rank_order({&total, 1});
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
at::Tensor StepContext::loss_of(Weights& weights, std::size_t micro) {
  const Batch& batch = in_.window[micro];
  const at::Tensor logits = in_.model.logits(weights, batch);
  check_logits(logits, batch, weights.sides(), {"a micro-batch of step", in_.step + 1});
  return cross_entropy(logits, batch);
}

double StepContext::forward(Weights& weights, std::size_t micro, int side) {
  const double loss = loss_of(weights, micro).item<float>();
  record_forward(loss, micro, side);
  return loss;
}

Losses StepContext::forward_both(Weights& both, std::size_t micro) {
  const at::Tensor loss = loss_of(both, micro).contiguous();
  const auto* value = loss.const_data_ptr<float>();
  record_forward(value[0], micro, +1);
  record_forward(value[1], micro, -1);
  return {value[0], value[1]};
}

void StepContext::count_direction(const Losses& losses) {
  directions_loss_ += (losses.plus + losses.minus) / 2;
  outcome_.loss = directions_loss_ / static_cast<double>(++directions_);
}

// sides(micro) gives one micro-batch's losses.
template <class Sides>
Losses StepContext::averaged(const Sides& sides) {
  const double total = total_weight();
  Losses losses;
  for (std::size_t micro = 0; micro < in_.window.size(); ++micro) {
    const double share = in_.window[micro].weight / total;
    const Losses part = sides(micro);
    losses.plus += share * part.plus;
    losses.minus += share * part.minus;
  }
  double sums[] = {losses.plus, losses.minus};
  in_.communicator->sum_in_rank_order(sums);
  losses = {sums[0], sums[1]};
  // A single micro-batch's share is 1, so its losses are the window's.
  if (in_.window.size() > 1)
    for (const double mean : {losses.plus, losses.minus}) in_.record.means.push_back(mean);
  count_direction(losses);
  return losses;
}

void StepContext::refuse_record(const std::string& what) const {
  throw RunError("step " + std::to_string(in_.step + 1) + " " + what, "journal",
                 "The run was made with other options or another version of the optimizer: "
                 "resume with those, or start a new run.");
}

float StepContext::next_loss() {
  if (losses_read_ == in_.record.losses.size())
    refuse_record("has " + std::to_string(losses_read_) +
                  " losses in the journal, the optimizer needs more");
  return in_.record.losses[losses_read_++];
}

Losses StepContext::replayed_losses() {
  Losses losses;
  for (std::size_t micro = 0; micro < micro_count(); ++micro) {
    losses = {next_loss(), next_loss()};
    publish_forward(losses.plus, micro, +1);
    publish_forward(losses.minus, micro, -1);
  }
  if (micro_count() > 1) {
    const std::size_t first = 2 * directions_;
    if (in_.record.means.size() < first + 2) refuse_record("lacks mean losses in the journal");
    losses = {in_.record.means[first], in_.record.means[first + 1]};
  }
  count_direction(losses);
  return losses;
}

Losses StepContext::losses(const Direction& z, double eps, WeightsKind kind) {
  if (in_.recorded) return replayed_losses();
  const at::NoGradGuard no_grad;
  const auto scale = static_cast<float>(eps);
  const auto one_by_one = [this](Weights& plus, Weights& minus) {
    return averaged([&](std::size_t micro) {
      const double first = forward(plus, micro, +1);
      return Losses{first, forward(minus, micro, -1)};
    });
  };
  if (kind == WeightsKind::Dual && own_product_is_fast()) {
    DualWeights both(parameters(), z, scale);
    return averaged([&](std::size_t micro) { return forward_both(both, micro); });
  }
  if (kind == WeightsKind::Scratch || !own_product_is_fast()) {
    ScratchWeights plus(parameters(), z, scale, in_.memory.scratch);
    ScratchWeights minus(parameters(), z, -scale, in_.memory.scratch);
    return one_by_one(plus, minus);
  }
  PerturbedWeights plus(parameters(), z, scale), minus(parameters(), z, -scale);
  return one_by_one(plus, minus);
}

Losses StepContext::losses(const LowRankDirection& z, double eps) {
  if (in_.recorded) return replayed_losses();
  const at::NoGradGuard no_grad;
  LowRankWeights both(parameters(), z, static_cast<float>(eps));
  return averaged([&](std::size_t micro) { return forward_both(both, micro); });
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

void StepContext::replay_gradients() {
  for (std::size_t micro = 0; micro < micro_count(); ++micro) {
    const double loss = next_loss();
    publish_forward(loss, micro, 0);
    publish_backward(micro);
    outcome_.loss = loss;
  }
  if (micro_count() > 1) {
    if (in_.record.means.empty()) refuse_record("lacks its mean loss in the journal");
    outcome_.loss = in_.record.means.front();
  }
  outcome_.skipped = in_.record.skipped;
  norm_ = in_.record.norm.value_or(0);
}

GradientWeights& StepContext::gradients() {
  std::unique_ptr<GradientWeights>& weights = in_.memory.gradients;
  if (!weights) weights = std::make_unique<GradientWeights>(in_.model.parameters());
  took_gradients_ = true;
  if (in_.recorded) {
    replay_gradients();
    return *weights;
  }
  weights->zero();
  const double total = total_weight();
  for (std::size_t micro = 0; micro < in_.window.size(); ++micro) {
    const double share = in_.window[micro].weight / total;
    const at::Tensor loss = loss_of(*weights, micro).sum();
    const double value = loss.item<float>();
    record_forward(value, micro, 0);
    loss.mul(share).backward();
    publish_backward(micro);
    outcome_.loss += share * value;
  }
  if (in_.window.size() > 1) in_.record.means.push_back(outcome_.loss);
  measure_gradients();
  return *weights;
}

// Computes the norm unless it is known, and decides whether the update is skipped.
void StepContext::measure_gradients() {
  if (in_.recorded || outcome_.skipped || !in_.memory.gradients) return;
  const std::uintptr_t now = state_of_gradients();
  if (measured_ == now) return;
  measured_ = now;
  const at::NoGradGuard no_grad;
  norm_ = norm_of_gradients();
  in_.record.norm = norm_;
  outcome_.skipped = !std::isfinite(norm_) || !std::isfinite(outcome_.loss);
  if (outcome_.skipped) in_.memory.gradients->zero();
}

double StepContext::norm_of_gradients() {
  double squares = 0;
  for (ParameterId id = 0; id < parameters().size(); ++id)
    if (const at::Tensor& gradient = in_.memory.gradients->gradient(id); gradient.defined()) {
      const double norm = at::linalg_vector_norm(gradient).item<float>();
      squares += norm * norm;
    }
  return std::sqrt(squares);
}

// A number that changes when a gradient is replaced or written to.
std::uintptr_t StepContext::state_of_gradients() {
  std::uintptr_t state = 1;
  for (ParameterId id = 0; id < parameters().size(); ++id) {
    const at::Tensor& gradient = in_.memory.gradients->gradient(id);
    if (gradient.defined())
      state = state * 31 + reinterpret_cast<std::uintptr_t>(gradient.unsafeGetTensorImpl()) +
              gradient._version();
  }
  return state;
}

void StepContext::scale_gradients(double scale) {
  for (ParameterId id = 0; id < parameters().size(); ++id)
    if (in_.memory.gradients->gradient(id).defined())
      in_.memory.gradients->mutable_gradient(id).mul_(scale);
}

double StepContext::clip_gradients(double max_norm) {
  const at::NoGradGuard no_grad;
  if (in_.recorded && !in_.record.norm) refuse_record("lacks its gradient's norm in the journal");
  measure_gradients();
  publish_update();
  const double norm = norm_;
  const double scale = max_norm / (norm + 1e-6);  // torch.nn.utils.clip_grad_norm_
  if (max_norm > 0 && scale < 1 && !outcome_.skipped && !in_.recorded) {
    scale_gradients(scale);
    measured_ = state_of_gradients();  // the norm is that before clipping
  }
  return norm;
}

void StepContext::publish_update() {
  published_update_ = true;
  if (in_.record.norm)
    in_.publisher.publish(EventKind::OptimizerStep, {{metric::grad_norm, norm_}});
  else
    in_.publisher.publish(EventKind::OptimizerStep, {});
}

// Returns whether update_each has gradients to apply.
bool StepContext::begin_update_each() {
  measure_gradients();
  if (!published_update_) publish_update();
  return !outcome_.skipped && !in_.recorded && in_.memory.gradients;
}

StepOutcome StepContext::finish() {
  if (took_gradients_ && !published_update_) publish_update();
  return std::move(outcome_);
}

void StepContext::record(std::string_view name, double value) { record(intern(name), value); }

}  // namespace trainbus
