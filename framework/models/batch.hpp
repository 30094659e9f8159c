// One micro-batch, ready for a model: packed sequences, what of their output is read, and the
// targets.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/export.hpp"

namespace trainbus {

// B sequences packed back to back without padding, N tokens in all; R output positions are scored.
// All index tensors are int64 on the CPU.
struct Batch {
  at::Tensor tokens;    // [N] int64; undefined for models that read features
  at::Tensor features;  // [N, F] float32; undefined for models that read tokens
  // [N] int64, which of BERT's segments each token belongs to; undefined: all to segment 0.
  at::Tensor token_types;
  at::Tensor offsets;  // [B + 1] first token of each sequence, then N
  // [B] the sequence that each one continues, or −1; undefined: none continues another. A
  // continuation's tokens see all of its prefix and themselves, at the positions after it: what
  // several sequences begin with is computed once. All continuations of a sequence stand right
  // behind it and have none of their own. Decoders only.
  at::Tensor prefixes;
  at::Tensor positions;    // [R] packed indices whose output is scored, ascending; undefined: all N
  at::Tensor output_rows;  // [C] rows of the output matrix to compute; undefined: all V
  at::Tensor targets;      // [R] column of the logits that is right at each position

  // Scores over several sequences (options of more than one token): sequence i is option i %
  // option_count of example i / option_count. The score of an option is the mean log-probability of
  // its targets.
  std::int64_t option_count = 0;  // 0: plain cross-entropy at each position
  at::Tensor position_option;     // [R] sequence that each position belongs to
  at::Tensor labels;              // [B / option_count] the right option of each example

  std::int64_t examples = 0;     // labelled examples
  std::int64_t token_count = 0;  // real tokens read, N

  // What this micro-batch weighs in its window: examples, or target tokens when the loss is per
  // token.
  double weight = 1;
};

// Each packed token's position in its sequence, counted on from its prefix: [N] int64. For learned
// position embeddings.
TRAINBUS_EXPORT at::Tensor token_positions(const Batch& batch);

}  // namespace trainbus
