// Sequences packed back to back, and lists of numbers as tensors.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/batch.hpp"

namespace trainbus {

// An int64 tensor, whatever the integer type.
template <class Container>
at::Tensor index_tensor(const Container& values) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<std::int64_t>());
  return tensor;
}

struct Packing {
  std::vector<std::int64_t> tokens, offsets = {0}, positions, targets;

  template <class Ids>
  void append(const Ids& ids) {
    tokens.insert(tokens.end(), ids.begin(), ids.end());
  }
  void end_sequence() { offsets.push_back(static_cast<std::int64_t>(tokens.size())); }
  // Without positions the batch has none either.
  Batch batch() const {
    Batch batch;
    batch.tokens = index_tensor(tokens);
    batch.offsets = index_tensor(offsets);
    if (!positions.empty()) batch.logit_positions = index_tensor(positions);
    batch.targets = index_tensor(targets);
    batch.token_count = static_cast<std::int64_t>(tokens.size());
    return batch;
  }
};

}  // namespace trainbus
