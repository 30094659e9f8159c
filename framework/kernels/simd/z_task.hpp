// Internal: a thread's task on a part of a tensor and its z.
#pragma once

#include <cstdint>

#include "kernels/direction.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels {

// The address of z: the parts of the Philox key and counter that one tensor's elements share.
struct ZSource {
  std::uint32_t key[2];
  std::uint32_t c2, c3;
};

// The elements (row, column) of a tensor with (row + column) modulo `period` = `number`.
struct Share {
  std::uint32_t period, number;
  std::uint32_t step;    // 64 modulo period
  std::uint64_t comb;    // bits 0, period, 2·period, … below 64
  std::int64_t columns;  // of the tensor
};

// scale·z, a term that is added to the elements of a share.
struct ZTerm {
  ZSource source;
  Distribution distribution;
  float scale;
  Share share;
  // Null, or a scale for each share, instead of `scale` and for all elements: [period], repeated as
  // often as the loops read beyond it (see z_terms.hpp).
  const float* scales;
};

// A part of a tensor. Tiled: rows [begin, end) of a matrix in fragment order; else elements
// [begin, end) in linear order. Pointers that belong to a region point at its first element.
struct Region {
  bool tiled;
  std::int64_t columns;  // 0 if not tiled
  std::int64_t begin, end;
};

// out = fma(scale, z, θ); where |θ| exceeds the limit, θ. Without a limit nothing is left out, not
// even NaN.
struct PerturbTask {
  Region region;
  ZTerm term;
  bool limited;
  float limit;
  Stored theta;  // only read; no residuals: of these what forward passes see
  float* out;
  float* out_minus;  // null, or for -scale
};

// One step of x ← keep·x, then x ← fma(scale, z, x) term by term, where |x| before the step did
// not exceed the limit.
struct ZStep {
  const ZTerm* terms;
  std::int64_t term_count;
  float keep;
};

struct UpdateTask {
  Region region;
  const ZStep* steps;
  std::int64_t step_count;
  bool shared;  // a term has a share or scales
  bool limited;
  float limit;
  Stored theta;
};

// x = keep·x, then x = fma(left[n][j], right[j][k], x) in order of j.
struct LowRankTask {
  std::int64_t rows, columns, rank;
  float keep;
  const float* left;   // [rows, rank]
  const float* right;  // [rank, right_stride], room for a whole vector beyond each row's end
  std::int64_t right_stride;
  Stored theta;         // [rows, columns]
  std::int64_t stride;  // elements from row to row of theta
};

}  // namespace trainbus::kernels
