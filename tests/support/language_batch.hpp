// Right-padded token matrices as packed batches.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <vector>

#include "models/batch.hpp"

namespace trainbus::testing {

// ids, mask [B, T] int64. Scores every position that has a next real token: the causal
// language-model loss of Hugging Face, mean over tokens. labels [B, T] (−100: ignored) or
// undefined: the ids themselves.
inline Batch language_batch(const at::Tensor& ids, const at::Tensor& mask,
                            const at::Tensor& labels = {}) {
  std::vector<std::int64_t> tokens, offsets = {0}, positions, targets;
  for (std::int64_t b = 0; b < ids.size(0); ++b) {
    const std::int64_t length = mask[b].sum().item<std::int64_t>();
    for (std::int64_t t = 0; t < length; ++t) {
      const std::int64_t next =
          t + 1 == length ? -100 : (labels.defined() ? labels : ids)[b][t + 1].item<std::int64_t>();
      if (next != -100) {
        positions.push_back(static_cast<std::int64_t>(tokens.size()));
        targets.push_back(next);
      }
      tokens.push_back(ids[b][t].item<std::int64_t>());
    }
    offsets.push_back(static_cast<std::int64_t>(tokens.size()));
  }
  Batch batch;
  batch.tokens = at::tensor(tokens);
  batch.offsets = at::tensor(offsets);
  batch.logit_positions = at::tensor(positions);
  batch.targets = at::tensor(targets);
  batch.examples = ids.size(0);
  batch.token_count = batch.tokens.numel();
  batch.weight = static_cast<double>(targets.size());
  return batch;
}

}  // namespace trainbus::testing
