// A task whose batches are given.
#pragma once

#include <utility>
#include <vector>

#include "engine/task.hpp"

namespace trainbus::testing {

// Training batches are taken in order, whatever the epoch.
class MemoryTask final : public Task {
 public:
  explicit MemoryTask(std::vector<Batch> train, std::vector<Batch> validation = {})
      : train_(std::move(train)), validation_(std::move(validation)) {}
  std::int64_t batches_per_epoch() const override {
    return static_cast<std::int64_t>(train_.size());
  }
  Batch train_batch(std::uint64_t, std::int64_t index) const override { return train_[index]; }
  std::int64_t evaluation_batches(Split split) const override {
    return split == Split::Validation ? static_cast<std::int64_t>(validation_.size()) : 0;
  }
  Batch evaluation_batch(Split, std::int64_t index) const override { return validation_[index]; }

 private:
  std::vector<Batch> train_, validation_;
};

// A labelled batch of features [N, F] for the mlp.
inline Batch feature_batch(at::Tensor features, at::Tensor targets) {
  Batch batch;
  batch.examples = batch.token_count = features.size(0);
  batch.weight = static_cast<double>(batch.examples);
  batch.features = std::move(features);
  batch.targets = std::move(targets);
  return batch;
}

}  // namespace trainbus::testing
