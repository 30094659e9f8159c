// RMSNorm (arXiv 1910.07467): y[n] = x[n] · 1/sqrt(mean(x[n]²) + eps) · weight.
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

// x, y [rows, width] float32, may be equal; weight [width]. Same bits for any number of threads,
// not for other instruction sets.
TRAINBUS_EXPORT void rms_norm(const float* x, const float* weight, float eps, std::int64_t rows,
                              std::int64_t width, float* y);

}  // namespace trainbus::kernels
