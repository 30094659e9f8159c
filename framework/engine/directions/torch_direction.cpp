#include "engine/directions/torch_direction.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/ops/normal.h>

namespace trainbus {
namespace {

// LibTorch's rounding: θ + (z · scale), the product rounded on its own.
void add_scaled(const float* theta, const float* z, float scale, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = theta[i] + z[i] * scale;
}

// A frozen parameter is read as it is.
float scale_at(const Parameter& theta, float scale) { return theta.trainable ? scale : 0.0f; }

}  // namespace

TorchDirection::TorchDirection(const Parameters& parameters, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  for (const Parameter& parameter : parameters)
    z_.push_back(at::normal(0.0, 1.0, parameter.value.sizes(), generator));
}

void TorchDirection::perturb(const Parameter& theta, ParameterId id, float scale,
                             float* out) const {
  const std::int64_t count = theta.value.numel();
  const float* from = theta.value.const_data_ptr<float>();
  const float* z = z_[id].const_data_ptr<float>();
  at::parallel_for(0, count, 65536, [&](std::int64_t begin, std::int64_t end) {
    add_scaled(from + begin, z + begin, scale_at(theta, scale), end - begin, out + begin);
  });
}

void TorchDirection::perturb_range(const Parameter& theta, ParameterId id, float scale,
                                   std::int64_t begin, std::int64_t end, float* out) const {
  const std::int64_t columns = theta.value.size(1);
  add_scaled(theta.value.const_data_ptr<float>() + begin * columns,
             z_[id].const_data_ptr<float>() + begin * columns, scale_at(theta, scale),
             (end - begin) * columns, out);
}

void TorchDirection::perturb_rows(const Parameter& theta, ParameterId id,
                                  std::span<const std::int64_t> rows, float scale,
                                  float* out) const {
  for (std::int64_t row : rows) {
    perturb_range(theta, id, scale, row, row + 1, out);
    out += theta.value.size(1);
  }
}

void TorchDirection::update(Parameter& theta, ParameterId id, std::span<const Term> terms,
                            float decay) const {
  for (const Term& term : terms) {
    const at::Tensor& z = static_cast<const TorchDirection*>(term.z)->z_[id];
    theta.value.sub_(z.mul(term.coefficient).add_(theta.value.mul(decay)));
    decay = 0;
  }
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
