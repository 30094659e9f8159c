// Storage formats on a GPU, see kernels/storage.hpp for their rules: eight parameters of a lane,
// or one, between memory, the form they are stored in, and float32.
//
// A lane's eight lie in two fours: of 256 neighbours, `column<format>(lane, 0)` and `(lane, 1)` are
// where they begin. 16-bit formats have the fours side by side, float32 half a run apart, so that a
// warp's accesses of 16 bytes a lane are one block of memory each.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "cuda/parameter_table.hpp"

namespace trainbus::cuda {

using kernels::Format;

template <Format format>
__device__ __forceinline__ int column(int lane, int half) {
  return format == Format::Float32 ? 128 * half + 4 * lane : 8 * lane + 4 * half;
}

// A float32's bits as a 24-bit master, and back.
__device__ __forceinline__ std::uint32_t master_of(float x) {
  const std::uint32_t bits = x != x ? 0x7fc00000u : __float_as_uint(x);
  return (bits + 0x7fu + (bits >> 8 & 1)) >> 8;
}
__device__ __forceinline__ float master_value(std::uint32_t values, std::uint32_t residual) {
  const auto signed_residual = static_cast<std::int8_t>(residual & 0xff);
  return __uint_as_float(((values << 8) + static_cast<std::uint32_t>(std::int32_t{signed_residual}))
                         << 8);
}

// A float32's bits as BFloat16Split keeps them, and back.
__device__ __forceinline__ std::uint32_t split_of(float x) {
  return x != x ? 0x7fc00000u : __float_as_uint(x);
}
__device__ __forceinline__ float split_value(std::uint32_t values, std::uint32_t residual) {
  const auto signed_residual = static_cast<std::int16_t>(residual & 0xffff);
  return __uint_as_float((values << 16) +
                         static_cast<std::uint32_t>(std::int32_t{signed_residual}));
}

// The hardware's NaN is 0x7fff; as signed 16-bit numbers all other patterns are at most the one
// that is stored.
__device__ __forceinline__ std::uint32_t pack_bfloat16(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return __vmins2(reinterpret_cast<const std::uint32_t&>(pair), 0x7fc07fc0u);
}
__device__ __forceinline__ std::uint32_t pack_float16(float low, float high) {
  const __half2 pair = __floats2half2_rn(low, high);
  return __vmins2(reinterpret_cast<const std::uint32_t&>(pair), 0x7e007e00u);
}

// Eight parameters as stored.
template <Format format>
struct Eight;

template <>
struct Eight<Format::Float32> {
  float4 parts[2];

  __device__ __forceinline__ void load(const Tensor& t, std::int64_t run, int lane, int width) {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      parts[h] = make_float4(0, 0, 0, 0);
      const int c = column<Format::Float32>(lane, h);
      if (c < width)
        parts[h] = *reinterpret_cast<const float4*>(static_cast<const float*>(t.values) + run + c);
    }
  }
  __device__ __forceinline__ void store(const Tensor& t, std::int64_t run, int lane,
                                        int width) const {
    store_out(t.values, run, lane, width);
  }
  __device__ __forceinline__ void store_out(void* out, std::int64_t run, int lane,
                                            int width) const {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const int c = column<Format::Float32>(lane, h);
      if (c < width) *reinterpret_cast<float4*>(static_cast<float*>(out) + run + c) = parts[h];
    }
  }
  __device__ __forceinline__ void widen(float* x) const {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      x[4 * h] = parts[h].x;
      x[4 * h + 1] = parts[h].y;
      x[4 * h + 2] = parts[h].z;
      x[4 * h + 3] = parts[h].w;
    }
  }
  __device__ __forceinline__ void round(const float* x) {
#pragma unroll
    for (int h = 0; h < 2; ++h)
      parts[h] = make_float4(x[4 * h], x[4 * h + 1], x[4 * h + 2], x[4 * h + 3]);
  }
};

// What the 16-bit formats share.
struct SixteenBitEight {
  uint4 bits;

  __device__ __forceinline__ void load(const Tensor& t, std::int64_t run, int lane, int width) {
    bits = make_uint4(0, 0, 0, 0);
    if (8 * lane < width)
      bits = *reinterpret_cast<const uint4*>(static_cast<const std::uint16_t*>(t.values) + run +
                                             8 * lane);
  }
  __device__ __forceinline__ void store(const Tensor& t, std::int64_t run, int lane,
                                        int width) const {
    store_out(t.values, run, lane, width);
  }
  __device__ __forceinline__ void store_out(void* out, std::int64_t run, int lane,
                                            int width) const {
    if (8 * lane < width)
      *reinterpret_cast<uint4*>(static_cast<std::uint16_t*>(out) + run + 8 * lane) = bits;
  }
};

template <>
struct Eight<Format::BFloat16> : SixteenBitEight {
  __device__ __forceinline__ void widen(float* x) const {
    const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      x[2 * i] = __uint_as_float(words[i] << 16);
      x[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
    }
  }
  __device__ __forceinline__ void round(const float* x) {
    bits = make_uint4(pack_bfloat16(x[0], x[1]), pack_bfloat16(x[2], x[3]),
                      pack_bfloat16(x[4], x[5]), pack_bfloat16(x[6], x[7]));
  }
};

template <>
struct Eight<Format::Float16> : SixteenBitEight {
  __device__ __forceinline__ void widen(float* x) const {
    const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const float2 pair = __half22float2(reinterpret_cast<const __half2&>(words[i]));
      x[2 * i] = pair.x;
      x[2 * i + 1] = pair.y;
    }
  }
  __device__ __forceinline__ void round(const float* x) {
    bits = make_uint4(pack_float16(x[0], x[1]), pack_float16(x[2], x[3]), pack_float16(x[4], x[5]),
                      pack_float16(x[6], x[7]));
  }
};

template <>
struct Eight<Format::BFloat16Residual> {
  Eight<Format::BFloat16> high;
  uint2 residuals;

  __device__ __forceinline__ void load(const Tensor& t, std::int64_t run, int lane, int width) {
    high.load(t, run, lane, width);
    residuals = make_uint2(0, 0);
    if (8 * lane < width)
      residuals = *reinterpret_cast<const uint2*>(static_cast<const std::int8_t*>(t.residuals) +
                                                  run + 8 * lane);
  }
  __device__ __forceinline__ void store(const Tensor& t, std::int64_t run, int lane,
                                        int width) const {
    high.store(t, run, lane, width);
    if (8 * lane < width)
      *reinterpret_cast<uint2*>(static_cast<std::int8_t*>(t.residuals) + run + 8 * lane) =
          residuals;
  }
  __device__ __forceinline__ void widen(float* x) const {
    const std::uint32_t words[4] = {high.bits.x, high.bits.y, high.bits.z, high.bits.w};
    const std::uint32_t low[2] = {residuals.x, residuals.y};
#pragma unroll
    for (int i = 0; i < 8; ++i)
      x[i] = master_value(words[i / 2] >> (16 * (i % 2)) & 0xffff, low[i / 4] >> (8 * (i % 4)));
  }
  __device__ __forceinline__ void round(const float* x) {
    std::uint32_t words[4] = {}, low[2] = {};
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const std::uint32_t master = master_of(x[i]);
      words[i / 2] |= ((master + 0x80) >> 8) << (16 * (i % 2));
      low[i / 4] |= (master & 0xff) << (8 * (i % 4));
    }
    high.bits = make_uint4(words[0], words[1], words[2], words[3]);
    residuals = make_uint2(low[0], low[1]);
  }
};

template <>
struct Eight<Format::BFloat16Split> {
  Eight<Format::BFloat16> high;
  uint4 residuals;

  __device__ __forceinline__ void load(const Tensor& t, std::int64_t run, int lane, int width) {
    high.load(t, run, lane, width);
    residuals = make_uint4(0, 0, 0, 0);
    if (8 * lane < width)
      residuals = *reinterpret_cast<const uint4*>(static_cast<const std::uint16_t*>(t.residuals) +
                                                  run + 8 * lane);
  }
  __device__ __forceinline__ void store(const Tensor& t, std::int64_t run, int lane,
                                        int width) const {
    high.store(t, run, lane, width);
    if (8 * lane < width)
      *reinterpret_cast<uint4*>(static_cast<std::uint16_t*>(t.residuals) + run + 8 * lane) =
          residuals;
  }
  __device__ __forceinline__ void widen(float* x) const {
    const std::uint32_t words[4] = {high.bits.x, high.bits.y, high.bits.z, high.bits.w};
    const std::uint32_t low[4] = {residuals.x, residuals.y, residuals.z, residuals.w};
#pragma unroll
    for (int i = 0; i < 8; ++i)
      x[i] = split_value(words[i / 2] >> (16 * (i % 2)), low[i / 2] >> (16 * (i % 2)));
  }
  __device__ __forceinline__ void round(const float* x) {
    std::uint32_t words[4] = {}, low[4] = {};
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const std::uint32_t bits = split_of(x[i]);
      words[i / 2] |= ((bits + 0x8000) >> 16) << (16 * (i % 2));
      low[i / 2] |= (bits & 0xffff) << (16 * (i % 2));
    }
    high.bits = make_uint4(words[0], words[1], words[2], words[3]);
    residuals = make_uint4(low[0], low[1], low[2], low[3]);
  }
};

// Rounds eight of a lane whose fours lie as `format` has them, and writes them in out_format.
template <Format format, Format out_format>
__device__ __forceinline__ void store_eight(const float* x, void* out, std::int64_t run, int lane,
                                            int width) {
  if constexpr (out_format == format || out_format != Format::Float32) {
    Eight<out_format> eight;
    eight.round(x);
    eight.store_out(out, run, lane, width);
  } else {
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const int c = column<format>(lane, h);
      if (c < width)
        *reinterpret_cast<float4*>(static_cast<float*>(out) + run + c) =
            make_float4(x[4 * h], x[4 * h + 1], x[4 * h + 2], x[4 * h + 3]);
    }
  }
}

// One parameter, for tensors that are too narrow or not aligned for vectors.
template <Format format>
__device__ float load_one(const Tensor& t, std::int64_t i, bool seen) {
  if (format == Format::Float32) return static_cast<const float*>(t.values)[i];
  const std::uint16_t bits = static_cast<const std::uint16_t*>(t.values)[i];
  if (format == Format::Float16) return __half2float(__ushort_as_half(bits));
  if (format == Format::BFloat16 || seen) return __uint_as_float(std::uint32_t{bits} << 16);
  if (format == Format::BFloat16Split)
    return split_value(bits, static_cast<const std::uint16_t*>(t.residuals)[i]);
  return master_value(bits, static_cast<const std::uint8_t*>(t.residuals)[i]);
}

template <Format format>
__device__ void store_one(void* values, void* residuals, std::int64_t i, float x) {
  if (format == Format::Float32) {
    static_cast<float*>(values)[i] = x;
    return;
  }
  auto* const bits = static_cast<std::uint16_t*>(values) + i;
  if (format == Format::Float16) *bits = static_cast<std::uint16_t>(pack_float16(x, 0));
  if (format == Format::BFloat16) *bits = static_cast<std::uint16_t>(pack_bfloat16(x, 0));
  if (format == Format::BFloat16Residual) {
    const std::uint32_t master = master_of(x);
    *bits = static_cast<std::uint16_t>((master + 0x80) >> 8);
    static_cast<std::uint8_t*>(residuals)[i] = static_cast<std::uint8_t>(master & 0xff);
  }
  if (format == Format::BFloat16Split) {
    const std::uint32_t pattern = split_of(x);
    *bits = static_cast<std::uint16_t>((pattern + 0x8000) >> 16);
    static_cast<std::uint16_t*>(residuals)[i] = static_cast<std::uint16_t>(pattern & 0xffff);
  }
}

// x as it reads after having been stored.
template <Format format>
__device__ float rounded(float x) {
  if (format == Format::Float16) return __half2float(__float2half_rn(x));
  if (format == Format::BFloat16) return __uint_as_float(pack_bfloat16(x, 0) << 16);
  if (format == Format::BFloat16Residual) return __uint_as_float(master_of(x) << 8);
  return x;
}

}  // namespace trainbus::cuda
