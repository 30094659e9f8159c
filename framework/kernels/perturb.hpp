// θ + scale·z, the point at which MeZO evaluates the loss (scale = ±ε). z is computed on the fly
// and never stored.
//
// Exact rule: out = fma(scale, z, θ), one rounding, θ being what forward passes read of the
// parameters (see storage.hpp), widened to float32. Where |θ| exceeds magnitude_limit, out = θ (see
// magnitude_limit.hpp), and outside a direction's share (see direction.hpp). scale = 0 gives θ
// itself, without making z. The bits do not depend on the
// instruction set, the number of threads, or which rows are computed together. Expects the default
// rounding mode. Runs on OpenMP's threads; several calls may run at the same time. All throw
// RunError if the tensor's number is not_a_tensor.
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"
#include "kernels/direction.hpp"
#include "kernels/magnitude_limit.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels {

// theta: of this shape. out: float32 of this shape; may be theta if that is float32, but must not
// overlap it otherwise.
TRAINBUS_EXPORT void perturb(const ConstStored& theta, float* out, const Shape& shape,
                             TensorId tensor, const Direction& direction, float scale,
                             float magnitude_limit = no_magnitude_limit);

// Rows [row_begin, row_end) of a matrix. theta: the whole matrix; out [row_end - row_begin,
// columns], which may be those rows of theta. Throws RunError for rows outside the matrix.
TRAINBUS_EXPORT void perturb_row_range(const ConstStored& theta, float* out, const Shape& shape,
                                       TensorId tensor, const Direction& direction, float scale,
                                       std::int64_t row_begin, std::int64_t row_end,
                                       float magnitude_limit = no_magnitude_limit);

// Writes the same rows directly as a panel of the matrix product (see product.hpp). Supported for
// Rademacher z on float32 without limit, for a whole panel that begins at a multiple of 16 rows,
// and columns that fill vectors; otherwise does nothing and returns false.
TRAINBUS_EXPORT bool perturb_panel(const ConstStored& theta, float* panel, const Shape& shape,
                                   TensorId tensor, const Direction& direction, float scale,
                                   std::int64_t row_begin, std::int64_t row_end,
                                   float magnitude_limit = no_magnitude_limit);
// Both sides in one pass, as perturb_panel gives them for scale and -scale.
TRAINBUS_EXPORT bool perturb_both_panels(const ConstStored& theta, float* plus, float* minus,
                                         const Shape& shape, TensorId tensor,
                                         const Direction& direction, float scale,
                                         std::int64_t row_begin, std::int64_t row_end,
                                         float magnitude_limit = no_magnitude_limit);

// Writes row rows[i] of a matrix to row i of out [rows.size(), columns]; any order, repetitions
// allowed. theta: the whole matrix, not overlapping out. Throws RunError, before anything is
// written, for rows outside it.
TRAINBUS_EXPORT void perturb_rows(const ConstStored& theta, float* out, const Shape& shape,
                                  TensorId tensor, const Direction& direction, float scale,
                                  std::span<const std::int64_t> rows,
                                  float magnitude_limit = no_magnitude_limit);

// Both sides in one pass, which reads theta and computes z once: out_plus and out_minus get what
// perturb gives for scale and -scale. theta, out_plus and out_minus do not overlap.
TRAINBUS_EXPORT void perturb_both(const ConstStored& theta, float* out_plus, float* out_minus,
                                  const Shape& shape, TensorId tensor, const Direction& direction,
                                  float scale, float magnitude_limit = no_magnitude_limit);
TRAINBUS_EXPORT void perturb_both_row_range(const ConstStored& theta, float* out_plus,
                                            float* out_minus, const Shape& shape, TensorId tensor,
                                            const Direction& direction, float scale,
                                            std::int64_t row_begin, std::int64_t row_end,
                                            float magnitude_limit = no_magnitude_limit);

}  // namespace trainbus::kernels
