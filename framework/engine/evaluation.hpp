// Evaluating a classifier on a split of a task.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/export.hpp"
#include "engine/task.hpp"
#include "models/model.hpp"

namespace trainbus {

struct Evaluation {
  std::int64_t examples = 0;
  double loss = 0;  // mean cross-entropy per example, nats
  double accuracy =
      0;  // share of examples whose right class has the highest score; ties: lowest class
  std::int64_t classes = 0;
  std::vector<float> scores;         // [examples, classes], in batch order
  std::vector<std::int64_t> labels;  // [examples]
};

// Logits of a batch [1, R, C], float32 on the CPU, wherever they were computed.
using Scorer = std::function<at::Tensor(const Batch&)>;
// At θ, here. The model outlives it.
TRAINBUS_EXPORT Scorer scorer_of(const Model& model);

// on_batch(done, total) is called after every batch; returning false ends the evaluation early,
// with the numbers of what was done. No gradients are recorded.
TRAINBUS_EXPORT Evaluation
evaluate(const Scorer& logits, const Task& task, Split split,
         const std::function<bool(std::int64_t, std::int64_t)>& on_batch);

}  // namespace trainbus
