// RMSNorm (arXiv 1910.07467) and LayerNorm (arXiv 1607.06450) of activations at several points of
// parameter space: each side has its own weight and bias, in float32. Plain C++17; functions
// enqueue on the stream (a cudaStream_t) and return CUDA's error code.
#pragma once

#include <cstdint>

namespace trainbus::cuda {

enum class Element { Float32, BFloat16, Float16 };

// Device memory, contiguous. x, y: [sides, rows, width] of elements; weight, bias: [sides, width].
// Sums are made in float32, in an order that depends on the width alone.
struct Norm {
  Element element;
  const void* x;
  void* y;
  const float* weight;
  const float* bias;  // null: RMSNorm, y = x · rsqrt(mean(x²) + eps) · weight;
                      // else y = (x − mean) · rsqrt(var + eps) · weight + bias
  std::int64_t sides, rows, width;
  float eps;
};
int normalize(const Norm& norm, void* stream);

}  // namespace trainbus::cuda
