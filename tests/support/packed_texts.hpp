// Token lists of any lengths as one packed batch.
#pragma once

#include <ATen/ops/tensor.h>

#include <vector>

#include "models/batch.hpp"

namespace trainbus::testing {

inline Batch packed_texts(const std::vector<std::vector<std::int32_t>>& texts) {
  std::vector<std::int64_t> tokens, offsets = {0};
  for (const std::vector<std::int32_t>& text : texts) {
    tokens.insert(tokens.end(), text.begin(), text.end());
    offsets.push_back(static_cast<std::int64_t>(tokens.size()));
  }
  Batch batch;
  batch.tokens = at::tensor(tokens);
  batch.offsets = at::tensor(offsets);
  batch.examples = static_cast<std::int64_t>(texts.size());
  batch.token_count = batch.tokens.numel();
  return batch;
}

}  // namespace trainbus::testing
