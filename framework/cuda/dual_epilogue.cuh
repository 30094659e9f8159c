// From sums in registers to Y: bias, activation, rounding, residual.
#pragma once

#include "cuda/dual_task.cuh"
#include "cuda/hopper.cuh"

#if TRAINBUS_HOPPER
namespace trainbus::cuda {

__device__ __forceinline__ std::uint32_t bits_of(__nv_bfloat162 pair) {
  return reinterpret_cast<const std::uint32_t&>(pair);
}
__device__ __forceinline__ __nv_bfloat162 pair_of(std::uint32_t bits) {
  return reinterpret_cast<const __nv_bfloat162&>(bits);
}

// Adds eight of the residual to eight of Y.
__device__ __forceinline__ uint4 with_residual(uint4 y, const void* residual, std::int64_t at) {
  const uint4 r = *reinterpret_cast<const uint4*>(static_cast<const std::uint16_t*>(residual) + at);
  return make_uint4(
      bits_of(__hadd2(pair_of(r.x), pair_of(y.x))), bits_of(__hadd2(pair_of(r.y), pair_of(y.y))),
      bits_of(__hadd2(pair_of(r.z), pair_of(y.z))), bits_of(__hadd2(pair_of(r.w), pair_of(y.w))));
}

// Writes 32 rows from `row` on, of the warpgroup's 64 outputs from `output` on. sums: as a product
// of a warpgroup leaves them, eights of rows in turn. staged: the warpgroup's own shared memory.
__device__ __forceinline__ void write_chunk(const float (&sums)[chunk_sums], bool minus,
                                            const DualLinear& layer, std::int64_t row,
                                            std::int64_t output, const Consumer& me,
                                            std::uint32_t staged) {
  const float* const bias = minus ? layer.bias_minus : layer.bias_plus;
  const void* const residual = minus ? layer.residual_minus : layer.residual_plus;
  void* const y = minus ? layer.y_minus : layer.y_plus;
  float b[2] = {0, 0};
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const std::int64_t n = output + me.warp * 16 + me.lane / 4 + 8 * half;
    if (bias && n < layer.outputs) b[half] = bias[n];
  }
#pragma unroll
  for (int eight = 0; eight < chunk_rows / 8; eight += 2) {
    std::uint32_t packed[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int at = (eight + i / 2) * 4 + i % 2 * 2;
      packed[i] =
          bits_of(__floats2bfloat162_rn(activated(sums[at] + b[i % 2], layer.activation),
                                        activated(sums[at + 1] + b[i % 2], layer.activation)));
    }
    const int m = 8 * (eight + me.lane / 16) + me.lane % 8;
    const int n = me.warp * 16 + 8 * (me.lane / 8 % 2);
    hopper::store_transposed(staged + static_cast<std::uint32_t>((m * staged_width + n) * 2),
                             packed);
  }
  hopper::synchronize_threads(2 + me.group, warpgroup_size);
#pragma unroll
  for (int i = 0; i < chunk_rows / 16; ++i) {
    const int m = i * 16 + me.thread / 8, n = me.thread % 8 * 8;
    uint4 eight;
    asm volatile("ld.shared.v4.b32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(eight.x), "=r"(eight.y), "=r"(eight.z), "=r"(eight.w)
                 : "r"(staged + static_cast<std::uint32_t>((m * staged_width + n) * 2)));
    if (row + m >= layer.rows || output + n >= layer.outputs) continue;
    const std::int64_t at = (row + m) * layer.outputs + output + n;
    if (residual) eight = with_residual(eight, residual, at);
    *reinterpret_cast<uint4*>(static_cast<std::uint16_t*>(y) + at) = eight;
  }
  hopper::synchronize_threads(2 + me.group, warpgroup_size);
}

}  // namespace trainbus::cuda
#endif
