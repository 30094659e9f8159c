// Self-attention over packed sequences, with rotary position embedding, grouped queries and windows
// inside: softmax(scale · q kᵀ) v for each head (arXiv 1706.03762, 2305.13245).
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"

namespace trainbus::kernels {

struct AttentionShape {
  std::int64_t heads;  // H, of queries; a multiple of kv_heads
  // Of keys and of values; query head h uses key/value head h / (H / kv_heads).
  std::int64_t kv_heads;
  std::int64_t head_dim;  // d, any; multiples of 16 are fastest
  float scale = 0;        // 0: 1/sqrt(head_dim)
  bool causal = true;     // a token sees itself and what is before it; else its whole sequence
  // Not 0: causal, a token at i sees the last `window` up to itself, i − window + 1 … i; else those
  // at most window / 2 away, |i − j| <= window / 2.
  std::int64_t window = 0;
  // Not 0: a score s = scale · q·k becomes softcap · tanh(s / softcap), before anything is hidden.
  float softcap = 0;
};

// B sequences, packed one after the other without padding: sequence b is the tokens
// [offsets[b], offsets[b + 1]).
struct PackedSequences {
  std::span<const std::int64_t> offsets;  // [B + 1], not decreasing, offsets[0] = 0
  // [B]: the sequence that this one continues, or −1. A continuation sees all of its prefix and
  // has the positions after it. All continuations of a sequence follow it directly and do not see
  // each other; they have no continuations of their own. Empty: there are no continuations. Causal
  // attention only.
  std::span<const std::int64_t> prefixes = {};
};

// The tables of rotary.hpp: [positions, rotated/2] each. Without them nothing is rotated.
struct RotaryView {
  const float* cosines = nullptr;
  const float* sines = nullptr;
  std::int64_t positions = 0;
  std::int64_t rotated = 0;  // the first numbers of a head, that turn; the rest pass. 0: all
};

// N = offsets[B] tokens. A sequence's first token has position 0, or follows its prefix.
//   qkv  [N, (heads + 2·kv_heads)·head_dim] float32: query heads, key heads, value heads of a token
//   out  [N, heads·head_dim], not overlapping qkv
// Threads work on pairs of a prefix group and a key/value head; a thread's scratch memory is
// about 12·head_dim bytes a token of the longest sequence. Same bits for any number of threads, not
// for other instruction sets. Throws RunError for sequences or a shape that contradict this, and
// for sequences longer than the tables.
TRAINBUS_EXPORT void attention(const float* qkv, const PackedSequences& sequences,
                               const AttentionShape& shape, const RotaryView& rotary, float* out);

// A text's keys, rotated, and its values, kept from one call to the next. The memory is the
// caller's, float32, and keeps the layout of the loops: of each key/value head the keys of 64
// tokens side by side, and the values with head_dim rounded up to a multiple of 16.
struct KeptKeys {
  std::int64_t tokens = 0;    // that are kept already
  std::int64_t capacity = 0;  // tokens that there is room for, a multiple of kept_block
  float* keys = nullptr;      // [kv_heads, capacity · head_dim]
  float* values = nullptr;    // [kv_heads, capacity · kept_width(head_dim)]
};
inline constexpr std::int64_t kept_block = 64;
constexpr std::int64_t kept_width(std::int64_t head_dim) { return (head_dim + 15) / 16 * 16; }

// Causal attention of texts that are computed a part at a time, for generation: sequence b's tokens
// come after the kept[b].tokens that were given before, see their keys and values and have the
// positions after them. Their own keys and values are added behind them; counting them is left to
// the caller. What is computed for a token does not depend on the parts, to the bit, nor on what
// the other sequences are. qkv, out and rotary as above. Throws RunError also where there is no
// room.
TRAINBUS_EXPORT void attention_with_kept(const float* qkv, std::span<const std::int64_t> offsets,
                                         std::span<const KeptKeys> kept,
                                         const AttentionShape& shape, const RotaryView& rotary,
                                         float* out);

}  // namespace trainbus::kernels
