// Internal: elementwise activations over a run of numbers.
#pragma once

#include <cstdint>

#include "kernels/simd/exp.hpp"
#include "kernels/simd/lanes.hpp"
#include "kernels/simd/normal_tail.hpp"

namespace trainbus::kernels {

// x·Φ(x) = max(x, 0) − |x|·(1 − Φ(|x|)): no difference of nearly equal numbers on either side.
template <class S>
struct Gelu {
  using F = typename S::F;
  static F of(F x) {
    const F largest = S::set(13.3f);  // the tail is 0 from here on
    const F a = S::min(largest, S::max(x, S::zero() - x));
    return S::max(S::zero(), x) - a * normal_tail<S>(a);
  }
};

// x/2·(1 + tanh u) = x / (1 + e^(−2u)), u = √(2/π)·(x + 0.044715·x³).
template <class S>
struct GeluTanh {
  using F = typename S::F;
  static F of(F x) {
    const F largest = S::set(50);  // keeps x³ finite; the exponential is 0 or infinite before
    const F c = S::min(largest, S::max(S::set(-50), x));
    const F minus_2u = c * S::mul_add(c * c, S::set(-0.0713548163f), S::set(-1.59576912f));
    return x / (S::set(1) + exp<S>(minus_2u));
  }
};

// x / (1 + e^−x).
template <class S>
struct Silu {
  using F = typename S::F;
  static F of(F x) { return x / (S::set(1) + exp<S>(S::zero() - x)); }
};

template <class S>
struct Relu {
  using F = typename S::F;
  static F of(F x) { return S::max(S::zero(), x); }
};

// y[i] = Function::of(x[i]); y may be x.
template <class S, class Function>
void map_range(const float* x, std::int64_t count, float* y) {
  for (std::int64_t i = 0; i < count; i += S::width)
    store_lanes<S>(y, i, count, Function::of(load_lanes<S>(x, i, count, 0)));
}

// y[i] = cap · tanh(x[i] / cap); y may be x.
template <class S>
void softcap_range(const float* x, std::int64_t count, float cap, float* y) {
  const typename S::F inverse = S::set(1 / cap), largest = S::set(cap);
  for (std::int64_t i = 0; i < count; i += S::width)
    store_lanes<S>(y, i, count, tanh<S>(load_lanes<S>(x, i, count, 0) * inverse) * largest);
}

}  // namespace trainbus::kernels
