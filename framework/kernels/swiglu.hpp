// SwiGLU's gate (arXiv 2002.05202): y = silu(gate) · up with silu(x) = x / (1 + e^-x).
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

// x [rows, 2·width] float32: a row's gates, then its ups; y [rows, width], not overlapping x.
// Relative error below 1e-6. Same bits for any number of threads, not for other instruction sets.
TRAINBUS_EXPORT void swiglu(const float* x, std::int64_t rows, std::int64_t width, float* y);

}  // namespace trainbus::kernels
