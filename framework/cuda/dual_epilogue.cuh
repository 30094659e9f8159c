// From sums in registers to Y: bias, activation, rounding, residual; 32 rows of a side at a time,
// through shared memory, so that writes to rows are contiguous. All chunks share the code after the
// copy to shared memory: unrolled, it would not fit the instruction cache.
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

// sums: 16 of a thread, as products leave them, to [32 rows][64 outputs] of the warpgroup's own
// shared memory.
__device__ __forceinline__ void stage_chunk(const float* sums, const Consumer& me,
                                            std::uint32_t staged) {
  const int output = me.warp * 16 + me.lane / 4, row = me.lane % 4 * 2;
#pragma unroll
  for (int i = 0; i < chunk_sums; ++i) {
    const int m = row + i / 4 * 8 + i % 2, n = output + i % 4 / 2 * 8;
    hopper::store_shared(staged + static_cast<std::uint32_t>((m * staged_width + n) * 4), sums[i]);
  }
}

__device__ __forceinline__ void add_four(float* x, float4 four) {
  x[0] += four.x;
  x[1] += four.y;
  x[2] += four.z;
  x[3] += four.w;
}

// Adds eight of the residual to eight of Y.
__device__ __forceinline__ uint4 with_residual(uint4 y, const void* residual, std::int64_t at) {
  const uint4 r = *reinterpret_cast<const uint4*>(static_cast<const std::uint16_t*>(residual) + at);
  return make_uint4(
      bits_of(__hadd2(pair_of(r.x), pair_of(y.x))), bits_of(__hadd2(pair_of(r.y), pair_of(y.y))),
      bits_of(__hadd2(pair_of(r.z), pair_of(y.z))), bits_of(__hadd2(pair_of(r.w), pair_of(y.w))));
}

// Writes what the warpgroup staged: rows from `row` and outputs from `output` on.
__device__ __forceinline__ void write_chunk(bool minus, const DualLinear& layer, std::int64_t row,
                                            std::int64_t output, const Consumer& me,
                                            std::uint32_t staged) {
  hopper::synchronize_threads(2 + me.group, warpgroup_size);
  const float* const bias = minus ? layer.bias_minus : layer.bias_plus;
  const void* const residual = minus ? layer.residual_minus : layer.residual_plus;
  auto* const y = static_cast<std::uint16_t*>(minus ? layer.y_minus : layer.y_plus);
  const int n = me.thread % 8 * 8;
#pragma unroll
  for (int i = 0; i < chunk_rows * 8 / warpgroup_size; ++i) {
    const int m = i * (warpgroup_size / 8) + me.thread / 8;
    if (row + m >= layer.rows || output + n >= layer.outputs) continue;
    float x[8] = {};
    const auto from = staged + static_cast<std::uint32_t>((m * staged_width + n) * 4);
    add_four(x, hopper::load_shared(from));
    add_four(x + 4, hopper::load_shared(from + 16));
    if (bias) {
      add_four(x, *reinterpret_cast<const float4*>(bias + output + n));
      add_four(x + 4, *reinterpret_cast<const float4*>(bias + output + n + 4));
    }
    activate(x, layer.activation);
    uint4 eight = make_uint4(
        bits_of(__floats2bfloat162_rn(x[0], x[1])), bits_of(__floats2bfloat162_rn(x[2], x[3])),
        bits_of(__floats2bfloat162_rn(x[4], x[5])), bits_of(__floats2bfloat162_rn(x[6], x[7])));
    const std::int64_t at = (row + m) * layer.y_stride + output + n;
    if (residual) eight = with_residual(eight, residual, at);
    *reinterpret_cast<uint4*>(y + at) = eight;
  }
  hopper::synchronize_threads(2 + me.group, warpgroup_size);
}

}  // namespace trainbus::cuda
#endif
