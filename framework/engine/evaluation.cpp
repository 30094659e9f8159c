#include "engine/evaluation.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "models/materialized_weights.hpp"

namespace trainbus {
namespace {

double cross_entropy_of(const float* scores, std::int64_t classes, std::int64_t label) {
  const float highest = *std::max_element(scores, scores + classes);
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c)
    sum += std::exp(static_cast<double>(scores[c]) - highest);
  return std::log(sum) + highest - scores[label];
}

void add(Evaluation& total, const at::Tensor& scores, const at::Tensor& labels) {
  const std::int64_t examples = scores.size(0), classes = scores.size(1);
  const float* row = scores.const_data_ptr<float>();
  const std::int64_t* label = labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < examples; ++i, row += classes) {
    total.loss += cross_entropy_of(row, classes, label[i]);
    total.accuracy += std::max_element(row, row + classes) - row == label[i];
    total.scores.insert(total.scores.end(), row, row + classes);
    total.labels.push_back(label[i]);
  }
  total.examples += examples;
  total.classes = classes;
}

}  // namespace

Task::~Task() = default;

Scorer scorer_of(const Model& model) {
  return [&model](const Batch& batch) {
    PlainWeights weights(model.parameters());
    return model.logits(weights, batch);
  };
}

Evaluation evaluate(const Scorer& logits, const Task& task, Split split,
                    const std::function<bool(std::int64_t, std::int64_t)>& on_batch) {
  const at::NoGradGuard no_grad;
  Evaluation total;
  const std::int64_t batches = task.evaluation_batches(split);
  for (std::int64_t i = 0; i < batches; ++i) {
    const Batch batch = task.evaluation_batch(split, i);
    const at::Tensor scores = class_scores(logits(batch), batch)[0].contiguous();
    add(total, scores, batch.option_count == 0 ? batch.targets : batch.labels);
    if (on_batch && !on_batch(i + 1, batches)) break;
  }
  if (total.examples > 0) {
    total.loss /= static_cast<double>(total.examples);
    total.accuracy /= static_cast<double>(total.examples);
  }
  return total;
}

}  // namespace trainbus
