// Internal: e^x and tanh in single precision for the layer loops.
#pragma once

namespace trainbus::kernels {

// x = n·log 2 + r, |r| <= log(2)/2, and e^r = 1 + r + r²·p by a minimax polynomial of our own.
template <class S>
struct ExpParts {
  using F = typename S::F;

  explicit ExpParts(F x) {
    // Adding 1.5·2^23 rounds to an integer and leaves it in the low bits of the sum.
    const F magic = S::set(0x1.8p23f);
    shifted = S::mul_add(x, S::set(1.44269504f), magic);
    const F n = shifted - magic;
    r = S::mul_add(n, S::set(-0x1.62e4p-1f), x);
    r = S::mul_add(n, S::set(-1.42860682e-6f), r);
    p = S::set(1.395046362e-03f);
    p = S::mul_add(p, r, S::set(8.368875831e-03f));
    p = S::mul_add(p, r, S::set(4.166620597e-02f));
    p = S::mul_add(p, r, S::set(1.666651964e-01f));
    p = S::mul_add(p, r, S::set(5.000000000e-01f));
  }
  // e^r − 1.
  F rest() const { return S::mul_add(r * r, p, r); }
  // 2^(n + bias − 127).
  F power(unsigned bias) const {
    return S::from_bits(
        S::add(S::template shift_left<23>(S::bits(shifted)), S::set_int(bias << 23)));
  }

  F shifted, r, p;
};

// Relative error below 1.5e-7. 0 below x = -86.6 (results would leave the normal numbers), infinite
// above 88.72, NaN of NaN.
template <class S>
typename S::F exp(typename S::F x) {
  x = S::min(S::set(89), x);
  const ExpParts<S> parts(x);
  // 2^(n-1), then doubled: n = 128 still has a 2^(n-1).
  return S::zero_if_below(x, S::set(-86.6f),
                          (parts.rest() + S::set(1)) * parts.power(126) * S::set(2));
}

// Relative error below 4e-7, also near 0. tanh x = t / (t + 2) with t = e^2x − 1, which is
// 2^n·(e^r − 1) + (2^n − 1): no difference of nearly equal numbers.
template <class S>
typename S::F tanh(typename S::F x) {
  using F = typename S::F;
  const F largest = S::set(10);  // 1 to single precision from 9.01 on
  const ExpParts<S> parts(S::min(largest, S::max(S::zero() - largest, x)) * S::set(2));
  const F scale = parts.power(127);
  const F t = S::mul_add(scale, parts.rest(), scale - S::set(1));
  return t / (t + S::set(2));
}

}  // namespace trainbus::kernels
