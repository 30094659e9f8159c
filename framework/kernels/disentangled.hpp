// DeBERTa's disentangled attention (arXiv 2006.03654, equation 4): a score is the product of a
// query with a key, plus those with what stands for their distance.
//   s(i, j) = scale · (q_i·k_j + q_i·K(i − j) + k_j·Q(i − j)),   out_i = Σ_j softmax_j(s(i, j)) v_j
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"

namespace trainbus::kernels {

struct DisentangledShape {
  std::int64_t heads;     // H, of queries, keys and values
  std::int64_t head_dim;  // d
  float scale;
};

// What stands for each distance: a query's position minus its key's.
struct DistanceRows {
  const float* query_key;  // [rows, 2·H·d] float32: Q(row), then K(row)
  std::int64_t rows;
  // [2·length − 1] the row of each distance −(length − 1) … length − 1, for texts of up to `length`
  // tokens.
  std::span<const std::int64_t> by_distance;
  bool queries = true, keys = true;  // whether Q and K take part
};

// B sequences, packed one after the other: sequence b is the tokens [offsets[b], offsets[b + 1]).
//   query_key  [N, 2·H·d] float32: a token's query heads, then its key heads
//   value, out [N, H·d], not overlapping
// Threads work on heads; a thread's scratch memory is about 12·d bytes a token of the longest
// sequence. Same bits for any number of threads, not for other instruction sets. Throws RunError
// for sequences or distances that contradict this.
TRAINBUS_EXPORT void disentangled_attention(const float* query_key, const float* value,
                                            std::span<const std::int64_t> offsets,
                                            const DistanceRows& distances,
                                            const DisentangledShape& shape, float* out);

}  // namespace trainbus::kernels
