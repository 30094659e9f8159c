// Replaces CUDA's header: see cuda_runtime.h.
#pragma once

#include "cuda_runtime.h"

// The upper half of a float32, rounded to nearest even; NaN becomes 0x7fff, as on a GPU.
struct __nv_bfloat16 {
  std::uint16_t bits = 0;

  __nv_bfloat16() = default;
  explicit __nv_bfloat16(float x) {
    const std::uint32_t pattern = __float_as_uint(x);
    const std::uint32_t rounded = pattern + 0x7fff + (pattern >> 16 & 1);
    bits = x != x ? std::uint16_t{0x7fff} : static_cast<std::uint16_t>(rounded >> 16);
  }
  explicit operator float() const { return __uint_as_float(std::uint32_t{bits} << 16); }
};
struct __nv_bfloat162 {
  __nv_bfloat16 x, y;
};

inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) {
  return {__nv_bfloat16(x), __nv_bfloat16(y)};
}
