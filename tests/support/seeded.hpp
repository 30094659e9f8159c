// Tensors of seeded numbers for tests.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <vector>

#include "kernels/philox.hpp"

namespace trainbus::testing {

// Uniform in [−scale, scale), a pure function of (seed, shape).
inline at::Tensor seeded(std::vector<std::int64_t> sizes, std::uint64_t seed, double scale = 1) {
  at::Tensor x = at::empty(sizes, at::kFloat);
  float* values = x.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i)
    values[i] = static_cast<float>(
        scale *
        (std::ldexp(kernels::philox_word(seed, static_cast<std::uint64_t>(i), 7), -31) - 1));
  return x;
}

}  // namespace trainbus::testing
