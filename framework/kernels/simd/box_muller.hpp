// Internal: two standard normals from two random words, in single precision, the same bits on every
// machine: integer operations, correctly rounded + · sqrt and fma, and polynomials of our own
// (minimax, fitted with the Remez algorithm, coefficients rounded to float). Changing any of it
// changes a file format.
//
// |error| of log: 2.7e-8 relative before rounding; of sin and cos on [-π/4, π/4]: 4e-9.
#pragma once

namespace trainbus::kernels {

// Natural logarithm of x in (0, 1], normal numbers only: x = m·2^e with m in [2/3, 4/3).
template <class S>
typename S::F log_unit(typename S::F x) {
  using F = typename S::F;
  const auto bits = S::bits(x);
  const auto e = S::template shift_right_signed<23>(S::sub(bits, S::set_int(0x3f2aaaab)));
  const F t = S::from_bits(S::sub(bits, S::template shift_left<23>(e))) - S::set(1);
  F p = S::set(1.402634382e-01f);
  p = S::fma(p, t, S::set(-1.538853198e-01f));
  p = S::fma(p, t, S::set(1.399580985e-01f));
  p = S::fma(p, t, S::set(-1.641596258e-01f));
  p = S::fma(p, t, S::set(2.001116872e-01f));
  p = S::fma(p, t, S::set(-2.500782013e-01f));
  p = S::fma(p, t, S::set(3.333319724e-01f));
  p = S::fma(p, t, S::set(-4.999993742e-01f));
  return S::fma(S::to_float(e), S::set(0.693147180560f), S::fma(t * t, p, t));
}

// cos and sin of 2π·word·2^-32: the word is a quadrant and a signed angle of at most π/4.
template <class S>
void cos_sin(typename S::I word, typename S::F& cosine, typename S::F& sine) {
  using F = typename S::F;
  const auto quadrant = S::template shift_right<30>(S::add(word, S::set_int(0x20000000)));
  const auto rest = S::sub(word, S::template shift_left<30>(quadrant));
  const F t = S::to_float(rest) * S::set(1.46291807927e-9f);  // 2π·2^-32
  const F t2 = t * t;
  F s = S::set(-1.951732847e-04f);
  s = S::fma(s, t2, S::set(8.332177997e-03f));
  s = S::fma(s, t2, S::set(-1.666665524e-01f));
  s = S::fma(s * t2, t, t);
  F c = S::set(2.443855374e-05f);
  c = S::fma(c, t2, S::set(-1.388736884e-03f));
  c = S::fma(c, t2, S::set(4.166664556e-02f));
  c = S::fma(t2 * t2, c, S::fma(t2, S::set(-0.5f), S::set(1)));
  const auto half_turn = S::set_int(2);
  const auto cosine_sign = S::template shift_left<30>(S::add(quadrant, S::set_int(1)) & half_turn);
  const auto sine_sign = S::template shift_left<30>(quadrant & half_turn);
  cosine = S::from_bits(S::bits(S::select_odd(quadrant, s, c)) ^ cosine_sign);
  sine = S::from_bits(S::bits(S::select_odd(quadrant, c, s)) ^ sine_sign);
}

// See direction.hpp for which words these are.
template <class S>
void box_muller(typename S::I radius_word, typename S::I angle_word, typename S::F& first,
                typename S::F& second) {
  using F = typename S::F;
  const F u =
      S::to_float(S::template shift_right<1>(radius_word) | S::set_int(1)) * S::set(0x1p-31f);
  const F r = S::sqrt(log_unit<S>(u) * S::set(-2));
  F cosine, sine;
  cos_sin<S>(angle_word, cosine, sine);
  first = r * cosine;
  second = r * sine;
}

}  // namespace trainbus::kernels
