// Elementwise activations: GELU (arXiv 1606.08415), exact and by tanh, SiLU, ReLU; and soft caps.
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

// x, y [count] float32, may be equal. Same bits for any number of threads, not for other
// instruction sets. NaN stays NaN.

// x·Φ(x), Φ the standard normal distribution's function. Error below 1.5e-7·|x| everywhere, and
// below 1e-6 of the result for x > −5.
TRAINBUS_EXPORT void gelu(const float* x, std::int64_t count, float* y);

// x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). Error below 2e-7·|x| everywhere.
TRAINBUS_EXPORT void gelu_tanh(const float* x, std::int64_t count, float* y);

// max(x, 0).
TRAINBUS_EXPORT void relu(const float* x, std::int64_t count, float* y);

// x / (1 + e^-x). Relative error below 1e-6.
TRAINBUS_EXPORT void silu(const float* x, std::int64_t count, float* y);

// cap · tanh(x / cap) (arXiv 2408.00118), cap > 0. Relative error below 1e-6.
TRAINBUS_EXPORT void softcap(const float* x, std::int64_t count, float cap, float* y);

}  // namespace trainbus::kernels
