// Internal: RMSNorm and SwiGLU of one row.
#pragma once

#include <cstdint>

#include "kernels/exp.hpp"

namespace trainbus::kernels {

template <class S>
void rms_norm_row(const float* x, const float* gain, float eps, std::int64_t width, float* y) {
  auto a = S::zero(), b = S::zero();
  std::int64_t i = 0;
  for (; i + 2 * S::width <= width; i += 2 * S::width) {
    const auto u = S::load(x + i), v = S::load(x + i + S::width);
    a = S::mul_add(u, u, a);
    b = S::mul_add(v, v, b);
  }
  float squares = S::sum(a + b);
  for (; i < width; ++i) squares += x[i] * x[i];

  const float scale = 1 / __builtin_sqrtf(squares / static_cast<float>(width) + eps);
  for (i = 0; i + S::width <= width; i += S::width)
    S::store(y + i, S::load(x + i) * S::set(scale) * S::load(gain + i));
  for (; i < width; ++i) y[i] = x[i] * scale * gain[i];
}

template <class S>
typename S::F swiglu(typename S::F gate, typename S::F up) {
  return gate / (S::set(1) + exp<S>(S::zero() - gate)) * up;
}

template <class S>
void swiglu_row(const float* gate, const float* up, std::int64_t width, float* y) {
  std::int64_t i = 0;
  for (; i + S::width <= width; i += S::width)
    S::store(y + i, swiglu<S>(S::load(gate + i), S::load(up + i)));
  const int left = static_cast<int>(width - i);
  if (left > 0)
    S::store_part(y + i, left,
                  swiglu<S>(S::load_part(gate + i, left, 0), S::load_part(up + i, left, 0)));
}

}  // namespace trainbus::kernels
