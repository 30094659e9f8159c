// Gated linear units (arXiv 2002.05202): y = activation(gate) · up.
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

// x [rows, 2·width] float32: a row's gates, then its ups; y [rows, width], not overlapping x. Same
// bits for any number of threads, not for other instruction sets.

// SwiGLU, silu(x) = x / (1 + e^-x): Llama and most others. Relative error below 1e-6.
TRAINBUS_EXPORT void swiglu(const float* x, std::int64_t rows, std::int64_t width, float* y);

// GEGLU, with the exact GELU (ModernBERT) and the one by tanh (Gemma); see activations.hpp.
TRAINBUS_EXPORT void geglu(const float* x, std::int64_t rows, std::int64_t width, float* y);
TRAINBUS_EXPORT void geglu_tanh(const float* x, std::int64_t rows, std::int64_t width, float* y);

}  // namespace trainbus::kernels
