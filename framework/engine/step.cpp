#include "engine/step.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <cmath>

#include "engine/low_rank_weights.hpp"
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

Losses StepContext::forward_both(Weights& both, std::size_t micro) {
  const at::Tensor loss = model_.loss(both, window_[micro]);
  const auto* value = loss.const_data_ptr<float>();
  published_forward(value[0], micro, +1);
  published_forward(value[1], micro, -1);
  return {value[0], value[1]};
}

// sides(micro) gives one micro-batch's losses.
template <class Sides>
Losses StepContext::averaged(const Sides& sides) {
  const double total = total_weight();
  Losses losses;
  for (std::size_t micro = 0; micro < window_.size(); ++micro) {
    const double share = window_[micro].weight / total;
    const Losses part = sides(micro);
    losses.plus += share * part.plus;
    losses.minus += share * part.minus;
  }
  directions_loss_ += (losses.plus + losses.minus) / 2;
  outcome_.loss = directions_loss_ / static_cast<double>(++directions_);
  return losses;
}

Losses StepContext::losses(const Direction& z, double eps, WeightsKind kind) {
  const at::NoGradGuard no_grad;
  const auto scale = static_cast<float>(eps);
  const auto one_by_one = [this](Weights& plus, Weights& minus) {
    return averaged([&](std::size_t micro) {
      const double first = forward(plus, micro, +1);
      return Losses{first, forward(minus, micro, -1)};
    });
  };
  if (kind == WeightsKind::Dual) {
    DualWeights both(parameters(), z, scale);
    return averaged([&](std::size_t micro) { return forward_both(both, micro); });
  }
  if (kind == WeightsKind::Scratch || !own_product_is_fast()) {
    ScratchWeights plus(parameters(), z, scale, memory_.scratch);
    ScratchWeights minus(parameters(), z, -scale, memory_.scratch);
    return one_by_one(plus, minus);
  }
  PerturbedWeights plus(parameters(), z, scale), minus(parameters(), z, -scale);
  return one_by_one(plus, minus);
}

Losses StepContext::losses(const LowRankDirection& z, double eps) {
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
  publisher_.publish(EventKind::OptimizerStep, {{metric::projected_grad, projected_grad}});
  for (const Move& move : moves) outcome_.skipped |= !std::isfinite(move.g);
  if (outcome_.skipped) return;
  std::vector<Direction::Term> terms;
  for (const Move& move : moves) terms.push_back({move.z, static_cast<float>(lr_ * move.g)});
  const auto decay = static_cast<float>(lr_ * weight_decay);
  for (ParameterId id = 0; id < parameters().size(); ++id) {
    Parameter& parameter = parameters()[id];
    terms.front().z->update(parameter, id, terms, parameter.decays ? decay : 0.0f);
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
