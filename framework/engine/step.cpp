#include "engine/step.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <cmath>

#include "engine/metric_names.hpp"

namespace trainbus {

StepContext::StepContext(Model& model, std::span<const Batch> window, double lr, std::uint64_t seed,
                         std::uint64_t step, std::uint64_t& forwards, StepMemory& memory,
                         Publisher& publisher)
    : model_(model),
      window_(window),
      lr_(lr),
      seed_(seed),
      step_(step),
      forwards_(forwards),
      memory_(memory),
      publisher_(publisher) {}

double StepContext::total_weight() const {
  double total = 0;
  for (const Batch& batch : window_) total += batch.weight;
  return total;
}

void StepContext::published_forward(double loss, std::size_t micro, int side) {
  ++forwards_;
  outcome_.tokens += window_[micro].token_count;
  if (!publisher_.wanted(EventKind::Forward)) return;
  Event& event = publisher_.begin(EventKind::Forward);
  event.set(metric::loss, loss);
  event.set(metric::side, side);
  event.set(metric::micro, static_cast<double>(micro));
  event.set(metric::micro_count, static_cast<double>(window_.size()));
  event.set(metric::tokens, static_cast<double>(window_[micro].token_count));
  event.set(metric::forwards, static_cast<double>(forwards_));
  publisher_.publish();
}

double StepContext::forward(Weights& weights, std::size_t micro, int side) {
  const double loss = model_.loss(weights, window_[micro]).item<float>();
  published_forward(loss, micro, side);
  return loss;
}

Losses StepContext::losses(const Direction& z, double eps) {
  const at::NoGradGuard no_grad;
  const auto scale = static_cast<float>(eps);
  PerturbedWeights plus(parameters(), z, scale, memory_.scratch);
  PerturbedWeights minus(parameters(), z, -scale, memory_.scratch);
  const double total = total_weight();
  Losses losses;
  for (std::size_t micro = 0; micro < window_.size(); ++micro) {
    const double share = window_[micro].weight / total;
    losses.plus += share * forward(plus, micro, +1);
    losses.minus += share * forward(minus, micro, -1);
  }
  outcome_.loss = (losses.plus + losses.minus) / 2;
  return losses;
}

void StepContext::update(const Direction& z, double projected_grad, double weight_decay) {
  const at::NoGradGuard no_grad;
  publisher_.publish(EventKind::OptimizerStep, {{metric::projected_grad, projected_grad}});
  if (!std::isfinite(projected_grad)) {
    outcome_.skipped = true;
    return;
  }
  const auto coefficient = static_cast<float>(lr_ * projected_grad);
  const auto decay = static_cast<float>(lr_ * weight_decay);
  for (ParameterId id = 0; id < parameters().size(); ++id) {
    Parameter& parameter = parameters()[id];
    z.update(parameter.value, id, coefficient, parameter.decays ? decay : 0.0f);
  }
}

GradientWeights& StepContext::gradients() {
  if (!memory_.gradients) memory_.gradients = std::make_unique<GradientWeights>(parameters());
  GradientWeights& weights = *memory_.gradients;
  weights.zero();
  const double total = total_weight();
  for (std::size_t micro = 0; micro < window_.size(); ++micro) {
    const double share = window_[micro].weight / total;
    const at::Tensor loss = model_.loss(weights, window_[micro]).sum();
    const double value = loss.item<float>();
    published_forward(value, micro, 0);
    loss.mul(share).backward();
    publisher_.publish(EventKind::Backward,
                       {{metric::micro, static_cast<double>(micro)},
                        {metric::micro_count, static_cast<double>(window_.size())}});
    outcome_.loss += share * value;
  }
  return weights;
}

double StepContext::clip_gradients(double max_norm) {
  const at::NoGradGuard no_grad;
  double squares = 0;
  GradientWeights& weights = *memory_.gradients;
  for (ParameterId id = 0; id < parameters().size(); ++id)
    if (const at::Tensor& gradient = weights.gradient(id); gradient.defined()) {
      const double norm = at::linalg_vector_norm(gradient).item<float>();
      squares += norm * norm;
    }
  const double norm = std::sqrt(squares);
  publisher_.publish(EventKind::OptimizerStep, {{metric::grad_norm, norm}});
  outcome_.skipped = !std::isfinite(norm) || !std::isfinite(outcome_.loss);
  const double scale = max_norm / (norm + 1e-6);  // torch.nn.utils.clip_grad_norm_
  if (max_norm > 0 && scale < 1 && !outcome_.skipped)
    for (ParameterId id = 0; id < parameters().size(); ++id)
      if (weights.gradient(id).defined()) weights.mutable_gradient(id).mul_(scale);
  return norm;
}

void StepContext::record(std::string_view name, double value) { record(intern(name), value); }

}  // namespace trainbus
