// Internal: one float at a time, behind the interface that simd_avx2.hpp and simd_avx512.hpp share.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace trainbus::kernels {

struct Scalar {
  using F = float;
  using I = std::uint32_t;
  static constexpr int width = 1;
  static constexpr int tile_vectors = 4;  // of a row of a register tile of four rows
  static constexpr int product_rows = 2,
                       product_vectors = 4;  // of a matrix product's register tile

  static F set(float x) { return x; }
  static F zero() { return 0; }
  static F load(const float* p) { return *p; }
  static void store(float* p, F x) { *p = x; }
  // The first n < width lanes; the others read as fill and are not written.
  static F load_part(const float*, int, float fill) { return fill; }
  static void store_part(float*, int, F) {}

  // to[c][r] = from[r][c] for a square block of `width`; strides in floats.
  static void transpose(const float* from, std::int64_t, float* to, std::int64_t) { *to = *from; }

  static F fma(F a, F b, F c) { return std::fma(a, b, c); }  // one rounding
  static F mul_add(F a, F b, F c) { return a * b + c; }  // one rounding or two, whichever is fast
  static F sqrt(F x) { return std::sqrt(x); }
  static F min(F a, F b) { return a < b ? a : b; }  // b if either is NaN
  static F max(F a, F b) { return a > b ? a : b; }
  static F zero_if_below(F x, F limit, F y) { return x < limit ? 0.0f : y; }  // else y
  static float sum(F x) { return x; }
  static float largest(F x) { return x; }

  // 32-bit integer lanes; & | ^ are the language's own.
  static I set_int(std::uint32_t x) { return x; }
  static I add(I a, I b) { return a + b; }
  static I sub(I a, I b) { return a - b; }
  template <int n>
  static I shift_left(I x) {
    return x << n;
  }
  template <int n>
  static I shift_right(I x) {
    return x >> n;
  }
  template <int n>
  static I shift_right_signed(I x) {
    return static_cast<I>(static_cast<std::int32_t>(x) >> n);
  }
  static F to_float(I x) { return static_cast<float>(static_cast<std::int32_t>(x)); }
  static I bits(F x) {
    I y;
    std::memcpy(&y, &x, sizeof y);
    return y;
  }
  static F from_bits(I x) {
    F y;
    std::memcpy(&y, &x, sizeof y);
    return y;
  }
  // a where the lane's bit 0 of choice is set, else b.
  static F select_odd(I choice, F a, F b) { return choice & 1 ? a : b; }

  // ±x: minus where bit `first` is set.
  template <int first>
  static F with_signs(F x, std::uint64_t bits) {
    return bits >> first & 1 ? -x : x;
  }
};

}  // namespace trainbus::kernels
