// StepContext: the gradients of a first-order step, what is done with them, and their replay.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "engine/batch_check.hpp"
#include "engine/metric_names.hpp"
#include "engine/step.hpp"

namespace trainbus {

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
  compute_gradients(*weights);
  if (in_.communicator->size() > 1) sum_gradients(*weights);
  if (in_.window.size() > 1) in_.record.means.push_back(outcome_.loss);
  measure_gradients();
  return *weights;
}

// Each process adds up the gradients of its own micro-batches; all get all losses.
void StepContext::compute_gradients(GradientWeights& weights) {
  const double total = total_weight();
  const auto share = [&](std::size_t micro) { return in_.window[micro].weight / total; };
  ranks::Work work{
      .kind = ranks::Work::Kind::Gradients, .number = in_.step, .items = in_.window.size()};
  work.width = 1;
  work.compute = [&](std::size_t micro, std::vector<float>& numbers) {
    const Batch& batch = in_.window[micro];
    const at::Tensor logits = in_.model.logits(weights, batch);
    check_logits(logits, batch, weights.sides(), {"a micro-batch of step", in_.step + 1});
    const at::Tensor loss = cross_entropy(logits, batch).sum();
    numbers.push_back(loss.item<float>());
    loss.mul(share(micro)).backward();
  };
  work.take = [&](std::size_t micro, std::span<const float> numbers) {
    record_forward(numbers[0], micro, 0);
    publish_backward(micro);
    outcome_.loss += share(micro) * numbers[0];
  };
  if (in_.communicator->size() == 1) work.give_up = in_.give_up;
  in_.communicator->begin(work);
  in_.communicator->finish();
}

// A parameter has a gradient where it has one on any process: the first sum says so.
void StepContext::sum_gradients(GradientWeights& weights) {
  const at::NoGradGuard no_grad;
  const auto count = static_cast<std::int64_t>(parameters().size());
  const at::Tensor reached = at::zeros({count}, at::kFloat);
  auto* flag = reached.mutable_data_ptr<float>();
  for (ParameterId id = 0; id < parameters().size(); ++id)
    flag[id] = weights.gradient(id).defined() ? 1 : 0;
  in_.communicator->sum({&reached, 1});
  std::vector<at::Tensor> gradients;
  for (ParameterId id = 0; id < parameters().size(); ++id) {
    if (flag[id] == 0) continue;
    at::Tensor& gradient = weights.mutable_gradient(id);
    gradient = gradient.defined() ? gradient.contiguous() : at::zeros_like(parameters()[id].value);
    gradients.push_back(gradient);
  }
  in_.communicator->sum(gradients);
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

}  // namespace trainbus
