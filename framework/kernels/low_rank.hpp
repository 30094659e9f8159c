// Low-rank directions Z = U Vᵀ (LOZO, arXiv 2410.07698; the scale 1/√r is the caller's): normals
// for U and V, and the update by their product, which is never stored.
#pragma once

#include <cstdint>

#include "core/export.hpp"
#include "kernels/direction.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels {

// The first `count` elements of the Gaussian z of a vector, whatever direction.distribution is.
// Factors that must differ need different (seed, step, direction, tensor). Throws RunError if the
// tensor's number is not_a_tensor. Runs on OpenMP's threads.
TRAINBUS_EXPORT void fill_normals(const Direction& direction, TensorId tensor, std::int64_t count,
                                  float* out);

// θ [rows, columns] ← (1 − decay)·θ − coefficient·U Vᵀ in one pass; U [rows, rank] and V [columns,
// rank], float32, row-major.
//
// Exact rule: x = keep·θ, rounded to float, with keep = 1 − decay; then for j = 0, 1, … x =
// fma(−s, V[k][j], x) with s = coefficient·U[n][j] rounded to float; x is rounded to storage once.
// The bits do not depend on the instruction set or the number of threads. Expects the default
// rounding mode. Throws RunError for a vector and for a negative rank. Runs on OpenMP's threads.
TRAINBUS_EXPORT void low_rank_update(const Stored& theta, const Shape& shape, const float* u,
                                     const float* v, std::int64_t rank, float coefficient,
                                     float decay);

}  // namespace trainbus::kernels
