// Causal self-attention over packed sequences, with rotary position embedding and grouped queries
// inside: softmax(scale · q kᵀ) v for each head (arXiv 1706.03762, 2305.13245).
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"

namespace trainbus::kernels {

struct AttentionShape {
  std::int64_t heads;  // H, of queries; a multiple of kv_heads
  std::int64_t
      kv_heads;  // of keys and of values; query head h uses key/value head h / (H / kv_heads)
  std::int64_t head_dim;  // d, any; multiples of 16 are fastest
  float scale = 0;        // 0: 1/sqrt(head_dim)
};

// B sequences, packed without padding: sequence b is rows [offsets[b], offsets[b + 1]) of qkv and
// out, its first token has position 0. N = offsets[B].
//   qkv     [N, (heads + 2·kv_heads)·head_dim] float32: query heads, key heads, value heads of a
//   token offsets [B + 1], not decreasing, offsets[0] = 0 cosines, sines [longest sequence or more,
//   head_dim/2] (see rotary.hpp), or both null: no rotation out     [N, heads·head_dim], not
//   overlapping qkv
// Threads share out (sequence, key/value head) pairs; a thread's scratch is about 12·head_dim bytes
// a token of the longest sequence. Same bits for any number of threads, not for other instruction
// sets. Throws RunError for offsets or a shape that contradict this.
TRAINBUS_EXPORT void causal_attention(const float* qkv, std::span<const std::int64_t> offsets,
                                      const AttentionShape& shape, const float* cosines,
                                      const float* sines, float* out);

}  // namespace trainbus::kernels
