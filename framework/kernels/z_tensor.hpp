// Internal: which inner loop serves a tensor, and how its work is cut for threads.
#pragma once

#include <cstdint>

#include "kernels/direction.hpp"
#include "kernels/kernel_table.hpp"

namespace trainbus::kernels {

// Throws RunError if the tensor's number is not_a_tensor.
ZSource z_source(const Direction& direction, TensorId tensor);

// out = fma(scale, z, keep·θ) for rows [row_begin, row_end), which must be in the shape (a vector
// is one row). theta and out point at row row_begin and may be equal.
void axpy_rows(const ZSource& source, Distribution distribution, const ZAxpy& axpy,
               const Shape& shape, const float* theta, float* out, std::int64_t row_begin,
               std::int64_t row_end);

}  // namespace trainbus::kernels
