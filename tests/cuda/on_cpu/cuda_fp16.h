// Replaces CUDA's header: see cuda_runtime.h.
#pragma once

#include <immintrin.h>

#include "cuda_runtime.h"

namespace trainbus::fibers {

// Compiled for processors with F16C, since Clang has _Float16 only for later ones.
[[gnu::target("f16c")]] inline std::uint16_t half_bits(float x) {
  return _cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT);
}
[[gnu::target("f16c")]] inline float half_value(std::uint16_t bits) { return _cvtsh_ss(bits); }

}  // namespace trainbus::fibers

// IEEE binary16, rounded to nearest even; NaN becomes 0x7fff, as on a GPU.
struct __half {
  std::uint16_t bits = 0;

  __half() = default;
  explicit __half(float x)
      : bits(x != x ? std::uint16_t{0x7fff} : trainbus::fibers::half_bits(x)) {}
  explicit operator float() const { return trainbus::fibers::half_value(bits); }
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
