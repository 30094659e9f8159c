// Perturbing and updating parameters on a GPU, float32, Rademacher z. Plain C++17, raw pointers.
#pragma once

#include <cstdint>

namespace trainbus::cuda {

// Which z: see kernels/direction.hpp. rows = 0 means a vector of `columns` elements.
struct Tensor {
  std::uint64_t seed;
  std::uint32_t step;
  std::uint16_t direction;
  std::uint16_t tensor;
  std::int64_t rows, columns;
};

// Both enqueue on the stream (a cudaStream_t) and return CUDA's error code, 0 for success. Pointers are
// device memory, float32, contiguous, row-major.

// out = theta + scale·z; out may be theta.
int perturb(const float* theta, float* out, const Tensor& tensor, float scale, void* stream);
// theta ← fma(−coefficient, z, (1 − decay)·theta), the rule of kernels/update.hpp.
int update(float* theta, const Tensor& tensor, float coefficient, float decay, void* stream);

}  // namespace trainbus::cuda
