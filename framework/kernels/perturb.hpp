// θ + scale·z, the point at which MeZO evaluates the loss (scale = ±ε). z is made on the way and
// never stored.
//
// Exact rule: out = fma(scale, z, θ), one rounding. The bits do not depend on the instruction set,
// the number of threads, or which rows are asked for together. Expects the default rounding mode.
// Runs on OpenMP's threads; several calls may run at the same time.
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"
#include "kernels/direction.hpp"

namespace trainbus::kernels {

// theta, out: float32 of this shape. They may be equal, but must not overlap otherwise.
TRAINBUS_EXPORT void perturb(const float* theta, float* out, const Shape& shape, TensorId tensor,
                             const Direction& direction, float scale);

// Rows [row_begin, row_end) of a matrix. theta: the whole matrix; out [row_end - row_begin,
// columns], which may be those rows of theta. Throws RunError for rows outside the matrix.
TRAINBUS_EXPORT void perturb_row_range(const float* theta, float* out, const Shape& shape,
                                       TensorId tensor, const Direction& direction, float scale,
                                       std::int64_t row_begin, std::int64_t row_end);

// Row rows[i] of a matrix to row i of out [rows.size(), columns]; any order, repetitions allowed.
// theta: the whole matrix, not overlapping out. Throws RunError, before anything is written, for
// rows outside it.
TRAINBUS_EXPORT void perturb_rows(const float* theta, float* out, const Shape& shape,
                                  TensorId tensor, const Direction& direction, float scale,
                                  std::span<const std::int64_t> rows);

}  // namespace trainbus::kernels
