#include "cuda/perturb.hpp"

#include <cuda_runtime.h>

namespace trainbus::cuda {
namespace {

// Philox4x32-10, as kernels/philox.hpp.
__device__ uint4 philox(uint4 c, std::uint32_t k0, std::uint32_t k1) {
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const std::uint32_t a_high = __umulhi(0xD2511F53u, c.x), a_low = 0xD2511F53u * c.x;
    const std::uint32_t b_high = __umulhi(0xCD9E8D57u, c.z), b_low = 0xCD9E8D57u * c.z;
    c = make_uint4(b_high ^ c.y ^ k0, b_low, a_high ^ c.w ^ k1, a_low);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

__device__ uint4 block_of(const Tensor& t, std::uint32_t c0, std::uint32_t c1) {
  const std::uint32_t c2 = t.tensor | static_cast<std::uint32_t>(t.direction) << 16;
  return philox(make_uint4(c0, c1, c2, t.step), static_cast<std::uint32_t>(t.seed),
                static_cast<std::uint32_t>(t.seed >> 32));
}

__device__ std::uint32_t word_of(const uint4& block, int i) {
  return i == 0 ? block.x : i == 1 ? block.y : i == 2 ? block.z : block.w;
}

// to = fma(scale, z, keep·from) with z = −1 where the bit is set, else +1.
__device__ void axpy(const float* from, float* to, float scale, float keep, std::uint32_t bit) {
  *to = __fmaf_rn(scale, bit ? -1.0f : 1.0f, __fmul_rn(keep, *from));
}

// One thread a Philox block: 128 consecutive elements.
__global__ void vector_kernel(const float* from, float* to, Tensor t, float scale, float keep) {
  const std::int64_t block = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x;
  const std::int64_t first = block * 128;
  if (first >= t.columns) return;
  const uint4 bits = block_of(t, static_cast<std::uint32_t>(block), 0);
  for (int i = 0; i < 128 && first + i < t.columns; ++i)
    axpy(from + first + i, to + first + i, scale, keep, word_of(bits, i / 32) >> i % 32 & 1);
}

// One thread a Philox block: rows n and n + 8 of a group of 16, every fourth pair of 256 columns.
__global__ void matrix_kernel(const float* from, float* to, Tensor t, float scale, float keep) {
  const std::int64_t index = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x;
  const std::int64_t panels = (t.columns + 255) / 256;
  const std::int64_t c0 = index / panels % (((t.rows + 15) / 16) * 32);
  const std::int64_t c1 = index % panels;
  if (index >= (t.rows + 15) / 16 * 32 * panels) return;
  const uint4 bits = block_of(t, static_cast<std::uint32_t>(c0), static_cast<std::uint32_t>(c1));
  const std::int64_t row = c0 / 32 * 16 + c0 / 4 % 8;
  const std::int64_t column = c1 * 256 + c0 % 4 * 2;
  for (int group = 0; group < 32; ++group)
    for (int odd = 0; odd < 2; ++odd)
      for (int half = 0; half < 2; ++half) {
        const std::int64_t n = row + 8 * half, k = column + 8 * group + odd;
        if (n >= t.rows || k >= t.columns) continue;
        const int bit = 2 * (group % 8) + half + 16 * odd;
        axpy(from + n * t.columns + k, to + n * t.columns + k, scale, keep,
             word_of(bits, group / 8) >> bit & 1);
      }
}

int launch(const float* from, float* to, const Tensor& t, float scale, float keep, void* stream) {
  constexpr int threads = 128;
  const bool vector = t.rows == 0;
  const std::int64_t blocks =
      vector ? (t.columns + 127) / 128 : (t.rows + 15) / 16 * 32 * ((t.columns + 255) / 256);
  if (blocks == 0) return 0;
  const auto grid = static_cast<unsigned>((blocks + threads - 1) / threads);
  const auto queue = static_cast<cudaStream_t>(stream);
  if (vector)
    vector_kernel<<<grid, threads, 0, queue>>>(from, to, t, scale, keep);
  else
    matrix_kernel<<<grid, threads, 0, queue>>>(from, to, t, scale, keep);
  return cudaGetLastError();
}

}  // namespace

int perturb(const float* theta, float* out, const Tensor& tensor, float scale, void* stream) {
  return launch(theta, out, tensor, scale, 1, stream);
}

int update(float* theta, const Tensor& tensor, float coefficient, float decay, void* stream) {
  return launch(theta, theta, tensor, -coefficient, 1 - decay, stream);
}

}  // namespace trainbus::cuda
