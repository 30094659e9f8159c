// Internal: RMSNorm, LayerNorm and gated linear units of one row.
#pragma once

#include <cstdint>

#include "kernels/simd/activation_kernels.hpp"
#include "kernels/simd/exp.hpp"
#include "kernels/simd/lanes.hpp"

namespace trainbus::kernels {

// The sum over a row, element by element with add(sum, x), which adds nothing for `neutral`. Four
// independent sums, so that additions do not wait for each other.
template <class S, class Add>
float sum_row(const float* x, std::int64_t width, float neutral, Add add) {
  auto a = S::zero(), b = a, c = a, d = a;
  std::int64_t i = 0;
  for (; i + 4 * S::width <= width; i += 4 * S::width) {
    a = add(a, S::load(x + i));
    b = add(b, S::load(x + i + S::width));
    c = add(c, S::load(x + i + 2 * S::width));
    d = add(d, S::load(x + i + 3 * S::width));
  }
  for (; i < width; i += S::width) a = add(a, load_lanes<S>(x, i, width, neutral));
  return S::sum((a + b) + (c + d));
}

template <class S>
void rms_norm_row(const float* x, const float* weight, float offset, float eps, std::int64_t width,
                  float* y) {
  using F = typename S::F;
  const float squares = sum_row<S>(x, width, 0, [](F sum, F v) { return S::mul_add(v, v, sum); });
  const F scale = S::set(1 / __builtin_sqrtf(squares / static_cast<float>(width) + eps));
  const F more = S::set(offset);
  for (std::int64_t i = 0; i < width; i += S::width)
    store_lanes<S>(
        y, i, width,
        load_lanes<S>(x, i, width, 0) * scale * (load_lanes<S>(weight, i, width, 0) + more));
}

template <class S>
void layer_norm_row(const float* x, const float* weight, const float* bias, float eps,
                    std::int64_t width, float* y) {
  using F = typename S::F;
  const float count = static_cast<float>(width);
  const float mean = sum_row<S>(x, width, 0, [](F sum, F v) { return sum + v; }) / count;
  const F center = S::set(mean);
  const float squares = sum_row<S>(
      x, width, mean, [center](F sum, F v) { return S::mul_add(v - center, v - center, sum); });
  const F scale = S::set(1 / __builtin_sqrtf(squares / count + eps));
  for (std::int64_t i = 0; i < width; i += S::width)
    store_lanes<S>(y, i, width,
                   S::mul_add((load_lanes<S>(x, i, width, 0) - center) * scale,
                              load_lanes<S>(weight, i, width, 0),
                              bias ? load_lanes<S>(bias, i, width, 0) : S::zero()));
}

// y = Function::of(gate) · up.
template <class S, class Function>
void gated_row(const float* gate, const float* up, std::int64_t width, float* y) {
  for (std::int64_t i = 0; i < width; i += S::width)
    store_lanes<S>(y, i, width,
                   Function::of(load_lanes<S>(gate, i, width, 0)) * load_lanes<S>(up, i, width, 0));
}

}  // namespace trainbus::kernels
