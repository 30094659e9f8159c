// Internal: the work of one (sequence, key/value head) of attention.
#pragma once

#include <cstdint>

namespace trainbus::kernels {

// Tokens are taken in blocks of this many queries or keys, queries in groups of four.
inline constexpr int attention_block = 64;
inline constexpr int attention_rows = 4;

struct AttentionTask {
  const float*
      queries;        // the first token's first query head of this group; heads are head_dim apart
  const float* keys;  // the first token's key head
  const float* values;
  std::int64_t stride;  // floats from a token to the next, of all three
  float* out;           // the first token's first head of this group
  std::int64_t out_stride;
  std::int64_t tokens, group_heads, head_dim;
  const float* cosines;  // [position, rotated/2], or null: no rotation
  const float* sines;
  std::int64_t rotated;  // how many numbers of a head are rotated: its first ones
  float scale;
  float softcap;  // 0: none; else scores become softcap · tanh(score / softcap)
  // A token at position p sees those of its sequence at [p − behind, p + ahead].
  std::int64_t behind, ahead;
  std::int64_t position;  // of the first token; the keys and values of earlier ones are in the
                          // scratch already (causal only)
};

// One thread's buffers. D is head_dim rounded up to 16, B the number of token blocks.
struct AttentionScratch {
  float* keys;     // [B, head_dim, 64]: rotated, a block's tokens side by side
  float* values;   // [B·64, D]
  float* queries;  // [64, D]: rotated and scaled
  float* sums;     // [64, D]: running Σ p·v
  float* weights;  // [4, 64]: scores, then softmax's numerators
  float* row_max;  // [64]
  float* row_sum;  // [64]
};

}  // namespace trainbus::kernels
