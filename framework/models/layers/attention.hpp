// Self-attention over a packed batch: own vector loops for float32 on the CPU when nothing is
// recorded for gradients, LibTorch's operations otherwise. Same mathematics, equal to rounding.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/export.hpp"
#include "models/batch.hpp"
#include "models/layers/rotary_table.hpp"

namespace trainbus::layers {

// The heads of an attention layer.
struct Heads {
  std::int64_t query = 1;      // H
  std::int64_t key_value = 1;  // H_kv, divides H
  std::int64_t dimension = 1;  // d
};

enum class Attention {
  Causal,         // a token sees itself and what is before it, its sequence's prefix included
  Bidirectional,  // a token sees its whole sequence; a batch with prefixes is refused
};

// What a layer computes: softmax(mask(cap(scale · q kᵀ))) v for each head.
struct AttentionOp {
  std::int64_t layer = 0;  // which of the model's blocks asks
  Heads heads;
  Attention kind = Attention::Causal;
  const RotaryTable* rotary = nullptr;  // null: queries and keys are not rotated
  // Not 0: causal, a token sees the last `window` tokens up to itself; bidirectional, those at most
  // window / 2 away, on both sides.
  std::int64_t window = 0;
  double scale = 0;    // 0: 1/√d
  double softcap = 0;  // not 0: cap(s) = softcap · tanh(s / softcap)
};

// Within each packed sequence. qkv [S, N, (H + 2·H_kv)·d]: queries, keys, values side by side; of
// the batch, offsets and prefixes are read. With a rotary table, queries and keys are rotated by
// their positions (see token_positions); where its frequencies depend on a text's length, a prefix
// and its continuations are one text, as long as the longest of them. → [S, N, H·d].
// Throws RunError for sequences longer than the table. In another type or in a device's memory all
// sequences have one length; those with padding tell their lengths if the attention is
// bidirectional.
TRAINBUS_EXPORT at::Tensor attention(const at::Tensor& qkv, const Batch& batch,
                                     const AttentionOp& op);

}  // namespace trainbus::layers
