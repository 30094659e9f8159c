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
  static constexpr int product_rows = 1, product_vectors = 16;  // of a product's register tile

  static F set(float x) { return x; }
  static F zero() { return 0; }
  static F load(const float* p) { return *p; }
  static void store(float* p, F x) { *p = x; }
  // The first n < width lanes; the others read as fill and are not written.
  static F load_part(const float*, int, float fill) { return fill; }
  static void store_part(float*, int, F) {}

  // to[c][r] = lane c of row(r) for a square block of `width`; the stride in floats.
  template <class Row>
  static void transpose(const Row& row, float* to, std::int64_t) {
    *to = row(0);
  }

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

  // a where bit `first` is set, else b.
  template <int first>
  static F select_bits(std::uint64_t bits, F a, F b) {
    return bits >> first & 1 ? a : b;
  }

  // Numbers in memory that are narrower than a lane: what is loaded is extended by zeros (u16) or
  // the sign (s8), what is stored are the low bits.
  static I load_u16(const std::uint16_t* p) { return *p; }
  static void store_u16(std::uint16_t* p, I x) { *p = static_cast<std::uint16_t>(x); }
  static I load_s8(const std::int8_t* p) { return static_cast<I>(std::int32_t{*p}); }
  static void store_s8(std::int8_t* p, I x) { *p = static_cast<std::int8_t>(x); }

  // IEEE binary16 and back: to nearest, ties to even. NaN must be quiet and without payload.
  static F load_half(const std::uint16_t* p) {
    const I magnitude = *p & 0x7fffu, sign = (*p & 0x8000u) << 16;
    if (magnitude >= 0x7c00)  // infinite, or NaN, made quiet
      return from_bits(sign | magnitude << 13 | 0x70000000u | (magnitude > 0x7c00 ? 0x400000 : 0));
    if (magnitude < 0x400)  // zero, or subnormal: a multiple of 2^-24
      return from_bits(sign | bits(static_cast<float>(magnitude) * 0x1p-24f));
    return from_bits(sign | ((magnitude << 13) + (112u << 23)));
  }
  static void store_half(std::uint16_t* p, F x) {
    const I sign = bits(x) >> 16 & 0x8000, magnitude = bits(x) & 0x7fffffff;
    I half;
    if (magnitude > 0x7f800000)
      half = 0x7e00;
    else if (magnitude >= 0x47800000)  // 65536
      half = 0x7c00;
    else if (magnitude < 0x38800000)  // under the least normal: the addition rounds to 2^-24
      half = bits(from_bits(magnitude) + 0.5f) - bits(0.5f);
    else
      half = (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
    *p = static_cast<std::uint16_t>(sign | half);
  }

  // NaN becomes the positive quiet one without payload.
  static F canonical(F x) { return x != x ? from_bits(0x7fc00000) : x; }
  // a where |x| <= limit, else b.
  static F select_at_most(F x, F limit, F a, F b) { return std::fabs(x) <= limit ? a : b; }
};

}  // namespace trainbus::kernels
