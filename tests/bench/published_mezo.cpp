#include "published_mezo.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/normal.h>

namespace trainbus::bench {

double PublishedMezo::forward() const { return loss(parameters).item<float>(); }

void PublishedMezo::perturb(std::uint64_t seed, double scaling_factor) {
  at::manual_seed(seed);
  for (at::Tensor& p : parameters) {
    const at::Tensor z = at::normal(0.0, 1.0, p.sizes(), std::nullopt);
    p = p + scaling_factor * z * eps;
  }
}

void PublishedMezo::step(std::uint64_t seed) {
  perturb(seed, 1);
  const double plus = forward();
  perturb(seed, -2);
  const double minus = forward();
  const double projected_grad = (plus - minus) / (2 * eps);
  perturb(seed, 1);
  at::manual_seed(seed);
  for (at::Tensor& p : parameters) {
    const at::Tensor z = at::normal(0.0, 1.0, p.sizes(), std::nullopt);
    p = p - lr * (projected_grad * z + weight_decay * p);
  }
}

}  // namespace trainbus::bench
