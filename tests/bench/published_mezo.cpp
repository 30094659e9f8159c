#include "published_mezo.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/isinf.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/normal.h>

namespace trainbus::bench {
namespace {

at::Tensor draw_like(const at::Tensor& p) {
  return at::normal(0.0, 1.0, p.sizes(), std::nullopt, p.options());
}

}  // namespace

double PublishedMezo::forward() const { return loss(parameters).item<double>(); }

void PublishedMezo::perturb(std::uint64_t seed, double scaling_factor) {
  at::manual_seed(seed);
  for (at::Tensor& p : parameters) {
    const at::Tensor z = draw_like(p);
    p = p + scaling_factor * z * eps;
  }
}

void PublishedMezo::update(std::uint64_t seed, double projected_grad) {
  at::manual_seed(seed);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    at::Tensor& p = parameters[i];
    const at::Tensor z = draw_like(p);
    if (decays[i])
      p = p - lr * (projected_grad * z + weight_decay * p);
    else
      p = p - lr * (projected_grad * z);
  }
}

void PublishedMezo::step(std::uint64_t seed) {
  perturb(seed, 1);
  const at::Tensor plus = loss(parameters);
  perturb(seed, -2);
  const at::Tensor minus = loss(parameters);
  const double projected_grad = ((plus - minus) / (2 * eps)).item<double>();
  perturb(seed, 1);
  // The trainer's filter of losses that it logs.
  if (!at::isnan(plus).item<bool>() && !at::isinf(plus).item<bool>())
    total_loss_ = total_loss_.defined() ? total_loss_.add_(plus) : plus.clone();
  update(seed, projected_grad);
}

}  // namespace trainbus::bench
