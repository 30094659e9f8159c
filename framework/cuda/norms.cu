#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include "cuda/norms.hpp"

namespace trainbus::cuda {
namespace {

constexpr int threads = 256;

// The sum over all threads of a block, in each of them.
__device__ float block_sum(float x) {
  __shared__ float parts[threads / 32];
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffffu, x, step);
  __syncthreads();  // the parts of the sum before have been read
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < threads / 32; ++i) sum += parts[i];
  return sum;
}

// A block a row.
template <class T, bool centred>
__global__ void __launch_bounds__(threads) norm_kernel(Norm norm) {
  const std::int64_t row = blockIdx.x, side = row / norm.rows, width = norm.width;
  const T* x = static_cast<const T*>(norm.x) + row * width;
  T* y = static_cast<T*>(norm.y) + row * width;
  const float* weight = norm.weight + side * width;
  float mean = 0;
  if (centred) {
    float sum = 0;
    for (std::int64_t i = threadIdx.x; i < width; i += threads) sum += static_cast<float>(x[i]);
    mean = block_sum(sum) / static_cast<float>(width);
  }
  float squares = 0;
  for (std::int64_t i = threadIdx.x; i < width; i += threads) {
    const float from_mean = static_cast<float>(x[i]) - mean;
    squares += from_mean * from_mean;
  }
  const float scale = rsqrtf(block_sum(squares) / static_cast<float>(width) + norm.eps);
  for (std::int64_t i = threadIdx.x; i < width; i += threads) {
    const float unit = (static_cast<float>(x[i]) - mean) * scale;
    const float bias = centred ? norm.bias[side * width + i] : 0.0f;
    y[i] = static_cast<T>(unit * weight[i] + bias);
  }
}

template <class T>
int launch(const Norm& norm, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(norm.sides * norm.rows);
  if (norm.bias)
    norm_kernel<T, true><<<blocks, threads, 0, stream>>>(norm);
  else
    norm_kernel<T, false><<<blocks, threads, 0, stream>>>(norm);
  return cudaGetLastError();
}

}  // namespace

int normalize(const Norm& norm, void* stream) {
  const std::int64_t rows = norm.sides * norm.rows;
  if (rows == 0 || norm.width == 0) return cudaSuccess;
  if (rows < 0 || rows > 0x7fffffff || norm.width < 0) return cudaErrorInvalidValue;
  const auto on = static_cast<cudaStream_t>(stream);
  switch (norm.element) {
    case Element::Float32:
      return launch<float>(norm, on);
    case Element::BFloat16:
      return launch<__nv_bfloat16>(norm, on);
    default:
      return launch<__half>(norm, on);
  }
}

}  // namespace trainbus::cuda
