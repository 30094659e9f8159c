// RMSNorm (arXiv 1910.07467): y[n] = x[n] · 1/sqrt(mean(x[n]²) + eps) · (weight + offset).
#pragma once

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::kernels {

// x, y [rows, width] float32, may be equal; weight [width]; offset: 1 for Gemma, whose weights are
// stored less 1. Same bits for any number of threads, not for other instruction sets.
TRAINBUS_EXPORT void rms_norm(const float* x, const float* weight, float eps, std::int64_t rows,
                              std::int64_t width, float* y, float offset = 0);

// The same of each of some neighbouring heads of tokens, where they lie: head h of token n is
// x[n · stride + h · width, …), and each is normed by itself.
TRAINBUS_EXPORT void rms_norm_heads(float* x, std::int64_t tokens, std::int64_t stride,
                                    std::int64_t heads, std::int64_t width, const float* weight,
                                    float eps, float offset = 0);

}  // namespace trainbus::kernels
