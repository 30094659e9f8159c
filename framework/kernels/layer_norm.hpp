// LayerNorm (arXiv 1607.06450): y[n] = (x[n] − mean) · 1/sqrt(var + eps) · weight + bias, mean and
// variance (of the whole population) of the row x[n].
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

// x, y [rows, width] float32, may be equal; weight, bias [width], bias null for none. The variance
// is taken around the mean, so a large mean costs no precision beyond its own rounding. Same bits
// for any number of threads, not for other instruction sets.
TRAINBUS_EXPORT void layer_norm(const float* x, const float* weight, const float* bias, float eps,
                                std::int64_t rows, std::int64_t width, float* y);

}  // namespace trainbus::kernels
