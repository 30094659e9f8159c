// A synthetic classification task for tests and benchmarks: points labelled by a fixed random
// teacher.
#pragma once

#include <cstdint>

#include "engine/task.hpp"
#include "tasks/data/order.hpp"

namespace trainbus {

struct MlpTaskOptions {
  std::int64_t features = 8;
  std::int64_t classes = 2;
  std::int64_t train_examples = 1024;
  std::int64_t evaluation_examples = 256;  // in each of validation and test
  std::int64_t batch_size = 16;
  std::uint64_t seed = 0;
};

// Features are uniform in [−1, 1); the label is the class whose random teacher vector has the
// largest dot product with them. Batches are reshuffled every epoch.
class TRAINBUS_EXPORT MlpTask final : public Task {
 public:
  explicit MlpTask(const MlpTaskOptions& options);

  std::int64_t batches_per_epoch() const override;
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  std::int64_t evaluation_batches(Split split) const override;
  Batch evaluation_batch(Split split, std::int64_t index) const override;
  std::vector<ResultRow> describe(const Evaluation& evaluation) const override;

 private:
  Batch select(const at::Tensor& rows) const;
  std::int64_t examples(Split split) const;

  MlpTaskOptions options_;
  mutable tasks::EpochBatches batches_;
  at::Tensor features_;  // [train + validation + test, F]
  at::Tensor labels_;    // [train + validation + test]
};

}  // namespace trainbus
