// Internal: the upper tail of the standard normal distribution in single precision.
#pragma once

#include "kernels/simd/exp.hpp"

namespace trainbus::kernels {

// 1 − Φ(a) = erfc(a/√2)/2 for 0 <= a <= 13.3, NaN of NaN. e^(−a²/2) times a rational function of
// our own that is Mills' ratio over √(2π) to 5e-9 (minimax in relative error; its coefficients are
// positive, so nothing cancels). Relative error below 1e-6 up to a = 5, where it is the rounding of
// a² that counts, and 0 from a = 13.2 on.
template <class S>
typename S::F normal_tail(typename S::F a) {
  using F = typename S::F;
  F p = S::set(4.020197605e-03f);
  p = S::mul_add(p, a, S::set(3.998421268e-02f));
  p = S::mul_add(p, a, S::set(1.813068665e-01f));
  p = S::mul_add(p, a, S::set(4.356864436e-01f));
  p = S::mul_add(p, a, S::set(0.5f));
  F q = S::set(1.007699777e-02f);
  q = S::mul_add(q, a, S::set(1.002329393e-01f));
  q = S::mul_add(q, a, S::set(4.643806204e-01f));
  q = S::mul_add(q, a, S::set(1.194484628f));
  q = S::mul_add(q, a, S::set(1.669257806f));
  q = S::mul_add(q, a, S::set(1));
  return exp<S>(a * a * S::set(-0.5f)) * p / q;
}

}  // namespace trainbus::kernels
