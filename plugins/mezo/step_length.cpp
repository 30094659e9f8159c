#include "step_length.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

namespace trainbus::mezo {
namespace {

constexpr std::size_t remembered = 100, needed = 10;
constexpr double quantile = 0.9;

double quantile_of(std::vector<double> values) {
  const auto at = values.begin() +
                  static_cast<std::ptrdiff_t>(quantile * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

void StepLength::apply(std::span<double> g, double norm) {
  switch (options_.rule) {
    case StepRule::Plain:
      return;
    case StepRule::Sign:
      for (double& x : g)
        if (std::isfinite(x) && x != 0) x = std::copysign(1.0, x);
      return;
    case StepRule::Clip:
      return clip(g);
    case StepRule::Adaptive:
      return adapt(g);
    case StepRule::Deviation:
      for (double& x : g)
        if (std::isfinite(norm) && norm != 0) x /= std::abs(norm);
      return;
  }
}

void StepLength::clip(std::span<double> g) {
  double limit = options_.clip;
  if (limit == 0) limit = magnitudes_.size() < needed ? INFINITY : quantile_of(magnitudes_);
  for (double& x : g) {
    if (!std::isfinite(x)) continue;
    if (magnitudes_.size() < remembered) magnitudes_.resize(magnitudes_.size() + 1);
    magnitudes_[next_] = std::abs(x);
    next_ = (next_ + 1) % remembered;
    x = std::clamp(x, -limit, limit);
  }
}

void StepLength::adapt(std::span<double> g) {
  double squares = 0;
  for (double x : g) squares += x * x;
  if (!std::isfinite(squares)) return;
  mean_square_ =
      options_.beta * mean_square_ + (1 - options_.beta) * squares / static_cast<double>(g.size());
  correction_ *= options_.beta;
  const double root = std::sqrt(mean_square_ / (1 - correction_)) + options_.delta;
  for (double& x : g) x /= root;
}

void StepLength::save(OptimizerState& state) const {
  const auto count = static_cast<std::int64_t>(magnitudes_.size());
  at::Tensor magnitudes = at::empty({count}, at::TensorOptions().dtype(at::kDouble));
  std::ranges::copy(magnitudes_, magnitudes.mutable_data_ptr<double>());
  state["clip.magnitudes"] = magnitudes;
  state["clip.next"] = state_number(static_cast<double>(next_));
  state["adaptive.mean_square"] = state_number(mean_square_);
  state["adaptive.correction"] = state_number(correction_);
}

void StepLength::restore(const OptimizerState& state) {
  const auto found = state.find("clip.magnitudes");
  const std::int64_t count = found == state.end() || found->second.dim() != 1
                                 ? 0
                                 : std::min<std::int64_t>(found->second.size(0), remembered);
  const at::Tensor& magnitudes = state_tensor(state, "clip.magnitudes", {count}, at::kDouble);
  const double* first = magnitudes.const_data_ptr<double>();
  magnitudes_.assign(first, first + count);
  next_ = static_cast<std::size_t>(state_number(state, "clip.next")) % remembered;
  mean_square_ = state_number(state, "adaptive.mean_square");
  correction_ = state_number(state, "adaptive.correction");
}

}  // namespace trainbus::mezo
