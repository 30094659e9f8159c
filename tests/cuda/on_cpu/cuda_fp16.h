// Replaces CUDA's header: see cuda_runtime.h.
#pragma once

#include "cuda_runtime.h"

// IEEE binary16, rounded to nearest even; NaN becomes 0x7fff, as on a GPU.
struct __half {
  std::uint16_t bits = 0;

  __half() = default;
  explicit __half(float x)
      : bits(x != x ? std::uint16_t{0x7fff}
                    : trainbus::fibers::bits_as<std::uint16_t>(static_cast<_Float16>(x))) {}
  explicit operator float() const {
    return static_cast<float>(trainbus::fibers::bits_as<_Float16>(bits));
  }
};
struct __half2 {
  __half x, y;
};

inline __half __float2half_rn(float x) { return __half(x); }
inline float __half2float(__half x) { return static_cast<float>(x); }
inline __half __ushort_as_half(std::uint16_t bits) {
  __half half;
  half.bits = bits;
  return half;
}
inline __half2 __floats2half2_rn(float x, float y) { return {__half(x), __half(y)}; }
inline float2 __half22float2(__half2 pair) {
  return {static_cast<float>(pair.x), static_cast<float>(pair.y)};
}
