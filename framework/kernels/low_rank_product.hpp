// What a low-rank term of a matrix adds to a linear layer's output, y += scale · (x V) Uᵀ.
#pragma once

#include <cstdint>

namespace trainbus::kernels {

// float32; u and v are the factors transposed, so that a column of them is a run.
struct LowRankProduct {
  std::int64_t rows, inputs, outputs, rank;
  const float* x;  // [rows, inputs], x_stride floats from row to row
  std::int64_t x_stride;
  const float *u, *v;  // [rank, outputs], [rank, inputs]
  float scale;
  float* y;  // [rows, outputs], y_stride floats from row to row
  std::int64_t y_stride;
};

}  // namespace trainbus::kernels
