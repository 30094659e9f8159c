// Replaces CUDA's header of this name where kernels are compiled for the CPU, so that machines
// without a GPU run their code: a thread of a block is a fiber, blocks run one after the other. It
// has the part of CUDA that framework/cuda's kernels without GPU-specific instructions use.
#pragma once

#include <math.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>

#define __host__
#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static  // one block runs at a time

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};
struct uint3 {
  unsigned x = 0, y = 0, z = 0;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

// Of the fiber that runs.
inline uint3 threadIdx, blockIdx;
inline dim3 blockDim, gridDim;

namespace trainbus::fibers {

// Runs body once for each thread of each block.
void run(dim3 grid, dim3 block, const std::function<void()>& body);
// Wait for the threads of the caller's block, or of its 32, that have not ended.
void synchronize_block();
void synchronize_warp();
// A place for each thread of the block.
std::uint32_t& place_of(unsigned thread);

// kernel<<<grid, block, 0, stream>>>(arguments…) is made launcher(kernel, grid, block,
// stream)(arguments…) before it is compiled.
template <class... Parameters>
auto launcher(void (*kernel)(Parameters...), dim3 grid, dim3 block, void* /*stream*/) {
  return [=](Parameters... arguments) { run(grid, block, [&] { kernel(arguments...); }); };
}

template <class To, class From>
To bits_as(From from) {
  To to;
  static_assert(sizeof(to) == sizeof(from));
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

}  // namespace trainbus::fibers

inline void __syncthreads() { trainbus::fibers::synchronize_block(); }
inline void __syncwarp() { trainbus::fibers::synchronize_warp(); }
inline float __shfl_xor_sync(unsigned, float x, int lanes) {
  using namespace trainbus::fibers;
  place_of(threadIdx.x) = bits_as<std::uint32_t>(x);
  synchronize_warp();
  const float other = bits_as<float>(place_of(threadIdx.x ^ static_cast<unsigned>(lanes)));
  synchronize_warp();
  return other;
}

inline float __uint_as_float(std::uint32_t x) { return trainbus::fibers::bits_as<float>(x); }
inline std::uint32_t __float_as_uint(float x) {
  return trainbus::fibers::bits_as<std::uint32_t>(x);
}
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline float __log2f(float x) { return log2f(x); }
inline float __sinf(float x) { return sinf(x); }
inline float __cosf(float x) { return cosf(x); }
inline float rsqrtf(float x) { return 1 / sqrtf(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
// Two signed 16-bit numbers each.
inline unsigned __vmins2(unsigned a, unsigned b) {
  const auto least = [](unsigned x, unsigned y) {
    const auto p = static_cast<std::int16_t>(x), q = static_cast<std::int16_t>(y);
    return static_cast<std::uint16_t>(p < q ? p : q);
  };
  return least(a & 0xffff, b & 0xffff) | static_cast<unsigned>(least(a >> 16, b >> 16)) << 16;
}

enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorMemoryAllocation = 2 };
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2 };
using cudaStream_t = void*;

inline const char* cudaGetErrorString(cudaError_t) { return "refused"; }
inline cudaError_t cudaGetLastError() { return cudaSuccess; }
inline cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
template <class T>
cudaError_t cudaMalloc(T** memory, std::size_t bytes) {
  *memory = static_cast<T*>(std::aligned_alloc(256, (bytes + 255) / 256 * 256));
  return *memory ? cudaSuccess : cudaErrorMemoryAllocation;
}
inline cudaError_t cudaFree(void* memory) {
  std::free(memory);
  return cudaSuccess;
}
inline cudaError_t cudaMemset(void* memory, int byte, std::size_t bytes) {
  std::memset(memory, byte, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
  if (bytes > 0) std::memcpy(to, from, bytes);
  return cudaSuccess;
}
