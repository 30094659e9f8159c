// The parameters of the dual linear's kernels.
#pragma once

#include <cuda_bf16.h>

#include "cuda/dual_linear.hpp"
#include "cuda/dual_plan.hpp"

namespace trainbus::cuda {

struct DualTask {
  DualLinear layer;
  DualPlan plan;
  float* partial_sums;  // of slots, blocks, sides, chunks, fours of a thread's sums, threads
};

// Threads that hold a tile's sums: two warpgroups of 64 outputs each.
constexpr int warpgroup_size = 128;
constexpr int consumers = 2 * warpgroup_size;
constexpr int chunk_rows = 32;              // of a tile, that are written at a time
constexpr int chunk_sums = chunk_rows / 2;  // of a thread: 64 outputs by 32 rows on 128 threads
constexpr int staged_width = 68;            // outputs of a warpgroup, and room against conflicts
constexpr int staged_bytes = 2 * chunk_rows * staged_width * 4;

// A thread's place among the sums of its warpgroup.
struct Consumer {
  int group, thread, warp, lane;  // group of the two; the others within it
};

// The first of a thread's sums of a chunk, four neighbours; the next four are `consumers` further.
__device__ __forceinline__ float4* partial_sums(const DualTask& task, int slot, int rank, int side,
                                                int chunk, int consumer) {
  const int chunks = task.plan.tile_rows / chunk_rows;
  const std::int64_t block = slot * task.plan.cluster + rank;
  return reinterpret_cast<float4*>(task.partial_sums) +
         ((block * 2 + side) * chunks + chunk) * (chunk_sums / 4) * consumers + consumer;
}

// Applies the activation to eight numbers, in one function, since the code is long.
__device__ __forceinline__ void activate(float (&x)[8], Activation activation) {
  if (activation == Activation::None) return;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    if (activation == Activation::Relu) {
      x[i] = x[i] < 0 ? 0 : x[i];  // keeps NaN
    } else {
      const float cubic = 0.79788456f * (x[i] + 0.044715f * x[i] * x[i] * x[i]);
      const float s = activation == Activation::Gelu ? erff(x[i] * 0.70710678f) : tanhf(cubic);
      x[i] = 0.5f * x[i] * (1 + s);
    }
  }
}

}  // namespace trainbus::cuda
