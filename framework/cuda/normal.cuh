// Two standard normals from two random words, by Box-Muller, see kernels/direction.hpp for which
// words these are. The portable one gives the bits of kernels/simd/box_muller.hpp, operation by
// operation; every product and sum is written as an intrinsic, so that the compiler contracts none.
// The fast one uses the device's approximations: within 3e-5 of it, other bits.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace trainbus::cuda {

// Natural logarithm of x in (0, 1].
__device__ __forceinline__ float log_unit(float x) {
  const std::uint32_t bits = __float_as_uint(x);
  const int e = static_cast<int>(bits - 0x3f2aaaabu) >> 23;
  const float m = __uint_as_float(bits - (static_cast<std::uint32_t>(e) << 23));
  const float t = __fadd_rn(m, -1.0f);
  float p = 1.402634382e-01f;
  p = __fmaf_rn(p, t, -1.538853198e-01f);
  p = __fmaf_rn(p, t, 1.399580985e-01f);
  p = __fmaf_rn(p, t, -1.641596258e-01f);
  p = __fmaf_rn(p, t, 2.001116872e-01f);
  p = __fmaf_rn(p, t, -2.500782013e-01f);
  p = __fmaf_rn(p, t, 3.333319724e-01f);
  p = __fmaf_rn(p, t, -4.999993742e-01f);
  return __fmaf_rn(__int2float_rn(e), 0.693147180560f, __fmaf_rn(__fmul_rn(t, t), p, t));
}

// Cosine and sine of 2π·word·2^-32.
__device__ __forceinline__ float2 cos_sin(std::uint32_t word) {
  const std::uint32_t quadrant = (word + 0x20000000u) >> 30;
  const std::uint32_t rest = word - (quadrant << 30);
  const float t = __fmul_rn(__int2float_rn(static_cast<int>(rest)), 1.46291807927e-9f);
  const float t2 = __fmul_rn(t, t);
  float s = -1.951732847e-04f;
  s = __fmaf_rn(s, t2, 8.332177997e-03f);
  s = __fmaf_rn(s, t2, -1.666665524e-01f);
  s = __fmaf_rn(__fmul_rn(s, t2), t, t);
  float c = 2.443855374e-05f;
  c = __fmaf_rn(c, t2, -1.388736884e-03f);
  c = __fmaf_rn(c, t2, 4.166664556e-02f);
  c = __fmaf_rn(__fmul_rn(t2, t2), c, __fmaf_rn(t2, -0.5f, 1.0f));
  const bool odd = quadrant & 1;
  const std::uint32_t cosine_sign = ((quadrant + 1) & 2) << 30, sine_sign = (quadrant & 2) << 30;
  return make_float2(__uint_as_float(__float_as_uint(odd ? s : c) ^ cosine_sign),
                     __uint_as_float(__float_as_uint(odd ? c : s) ^ sine_sign));
}

__device__ __forceinline__ float unit(std::uint32_t word) {
  return __fmul_rn(__int2float_rn(static_cast<int>(word >> 1 | 1)), 4.656612873077392578125e-10f);
}

struct PortableNormal {
  __device__ static __forceinline__ float2 pair(std::uint32_t radius, std::uint32_t angle) {
    const float r = __fsqrt_rn(__fmul_rn(log_unit(unit(radius)), -2.0f));
    const float2 direction = cos_sin(angle);
    return make_float2(__fmul_rn(r, direction.x), __fmul_rn(r, direction.y));
  }
};

// The device's approximation.
__device__ __forceinline__ float square_root(float x) {
#ifdef __CUDA_ARCH__
  float root;
  asm("sqrt.approx.f32 %0, %1;" : "=f"(root) : "f"(x));
  return root;
#else
  return sqrtf(x);
#endif
}

struct FastNormal {
  __device__ static __forceinline__ float2 pair(std::uint32_t radius, std::uint32_t angle) {
    const float r = square_root(-1.3862943611f * __log2f(unit(radius)));
    const float t = __int2float_rn(static_cast<int>(angle)) * 1.46291807927e-9f;  // [-π, π]
    return make_float2(r * __cosf(t), r * __sinf(t));
  }
};

}  // namespace trainbus::cuda
