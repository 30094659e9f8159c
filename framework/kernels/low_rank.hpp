// Low-rank directions Z = U Vᵀ (LOZO, arXiv 2410.07698; EGGROLL, arXiv 2511.16652; the scale 1/√r
// is the caller's): normals for U and V, what Z adds to a product, and the update by many Z in one
// pass; no Z is ever stored.
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"
#include "kernels/direction.hpp"
#include "kernels/low_rank_product.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels {

// Elements [begin, end) of the Gaussian z of a vector, whatever direction.distribution is. Factors
// that must differ need different (seed, step, direction, tensor). Throws RunError if the tensor's
// number is not_a_tensor. Runs on OpenMP's threads; inside another parallel region on one.
TRAINBUS_EXPORT void fill_normals(const Direction& direction, TensorId tensor, std::int64_t begin,
                                  std::int64_t end, float* out);
inline void fill_normals(const Direction& direction, TensorId tensor, std::int64_t count,
                         float* out) {
  fill_normals(direction, tensor, 0, count, out);
}

// U [rows, rank] or V [columns, rank] of a matrix, row-major.
struct Factors {
  Direction u, v;
  float coefficient;  // of U Vᵀ in an update
};

// θ [rows, columns] ← (1 − decay)·θ − Σ coefficient·U Vᵀ, one pass for up to low_rank_terms terms.
// The factors are made from their directions a block at a time: 1 MiB for each rank, however many
// terms there are and however large the matrix is.
//
// Exact rule, in each pass: x = keep·θ, rounded to float, with keep = 1 − decay in the first pass
// and 1 later; then, term by term and for j = 0, 1, … x = fma(−s, V[k][j], x) with
// s = coefficient·U[n][j] rounded to float; x is rounded to storage once. The bits do not depend on
// the instruction set or the number of threads. Expects the default rounding mode. Throws RunError
// for a vector and for a negative rank. Runs on OpenMP's threads.
inline constexpr std::size_t low_rank_terms = 64;
TRAINBUS_EXPORT void low_rank_update(const Stored& theta, const Shape& shape, TensorId tensor,
                                     std::span<const Factors> terms, std::int64_t rank,
                                     float decay);
// The same for one U and V that are there: [rows, rank] and [columns, rank] float32, row-major.
TRAINBUS_EXPORT void low_rank_update(const Stored& theta, const Shape& shape, const float* u,
                                     const float* v, std::int64_t rank, float coefficient,
                                     float decay);

// On the calling thread. The bits depend on the instruction set.
TRAINBUS_EXPORT void add_low_rank_product(const LowRankProduct& product);

}  // namespace trainbus::kernels
