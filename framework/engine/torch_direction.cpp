#include "engine/torch_direction.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/normal.h>

namespace trainbus {
namespace {

at::Tensor around(float* memory, at::IntArrayRef sizes) {
  return at::from_blob(memory, sizes, at::TensorOptions().dtype(at::kFloat));
}

}  // namespace

TorchDirection::TorchDirection(const Parameters& parameters, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  for (const Parameter& parameter : parameters)
    z_.push_back(at::normal(0.0, 1.0, parameter.value.sizes(), generator));
}

void TorchDirection::perturb(const at::Tensor& theta, ParameterId id, float scale,
                             float* out) const {
  around(out, theta.sizes()).copy_(theta.add(z_[id].mul(scale)));
}

void TorchDirection::perturb_rows(const at::Tensor& theta, ParameterId id,
                                  std::span<const std::int64_t> rows, float scale,
                                  float* out) const {
  const std::int64_t columns = theta.size(1);
  for (std::int64_t row : rows) {
    around(out, {columns}).copy_(theta[row].add(z_[id][row].mul(scale)));
    out += columns;
  }
}

void TorchDirection::update(at::Tensor& theta, ParameterId id, float coefficient,
                            float decay) const {
  theta.sub_(z_[id].mul(coefficient).add_(theta.mul(decay)));
}

std::uint32_t StepSeeds::draw() {
  constexpr std::uint32_t highest = 999'999'999, mask = (1u << 30) - 1;
  std::uint32_t value;  // numpy's masked rejection
  do value = static_cast<std::uint32_t>(generator_()) & mask;
  while (value > highest);
  return value;
}

std::uint32_t StepSeeds::at(std::uint64_t step) {
  if (step < next_) {
    generator_.seed(run_seed_);
    next_ = 0;
  }
  for (; next_ < step; ++next_) draw();
  ++next_;
  return draw();
}

}  // namespace trainbus
