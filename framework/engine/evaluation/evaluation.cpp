#include "engine/evaluation/evaluation.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/io/error.hpp"
#include "engine/batch_check.hpp"
#include "engine/metric_names.hpp"
#include "engine/task.hpp"
#include "models/weights/materialized_weights.hpp"

namespace trainbus {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

BatchPlace place_of(Split split, std::int64_t batch) {
  const auto number = static_cast<std::uint64_t>(batch);
  if (split == Split::Train) return {"training batch", number};
  return {split == Split::Test ? "test batch" : "validation batch", number};
}

double cross_entropy_of(const float* scores, std::int64_t classes, std::int64_t label) {
  const float highest = *std::max_element(scores, scores + classes);
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c)
    sum += std::exp(static_cast<double>(scores[c]) - highest);
  return std::log(sum) + highest - scores[label];
}

// Sums over the examples so far; their scores and labels go into the evaluation.
struct Sums {
  double loss = 0, right = 0;
  Evaluation evaluation;

  // scores [examples, classes] float32 contiguous, labels [examples] int64, each one of the
  // classes.
  void add(const at::Tensor& scores, const at::Tensor& labels) {
    const std::int64_t examples = scores.size(0), classes = scores.size(1);
    const float* row = scores.const_data_ptr<float>();
    const std::int64_t* label = labels.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < examples; ++i, row += classes) {
      loss += cross_entropy_of(row, classes, label[i]);
      right += std::max_element(row, row + classes) - row == label[i];
      evaluation.unscored +=
          !std::all_of(row, row + classes, [](float score) { return std::isfinite(score); });
      evaluation.scores.insert(evaluation.scores.end(), row, row + classes);
      evaluation.labels.push_back(label[i]);
    }
    evaluation.examples += examples;
    evaluation.classes = classes;
  }
};

// The scores of one batch, [examples, classes], checked against its labels.
at::Tensor scores_of(const at::Tensor& logits, const Batch& batch, const at::Tensor& labels,
                     std::int64_t classes, BatchPlace place) {
  check_logits(logits, batch, 1, place);
  const at::Tensor scores = class_scores(logits, batch)[0].to(at::kFloat).contiguous();
  if (scores.size(0) != labels.numel())
    throw RunError(place.text() + " has " + std::to_string(labels.numel()) +
                       " labels for scores of " + std::to_string(scores.size(0)) + " examples",
                   "task", "Mend the task; see models/batch.hpp.");
  if (classes != 0 && scores.size(1) != classes)
    throw RunError(place.text() + " has scores of " + std::to_string(scores.size(1)) +
                       " classes, the batches before had " + std::to_string(classes),
                   "task", "Mend the task, or the model.");
  return scores;
}

}  // namespace

Task::~Task() = default;

std::vector<ResultRow> Task::describe(const Evaluation& evaluation) const {
  std::vector<ResultRow> rows;
  for (const Metric& metric : evaluation.metrics) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", metric.value);
    rows.push_back({metric.name, text});
  }
  return rows;
}

tb_text metric::of_split(Split split, std::string_view name) {
  return intern((split == Split::Test ? "test/" : "eval/") + std::string(name));
}

const Metric* Evaluation::find(std::string_view name) const {
  const auto found = std::ranges::find(metrics, name, &Metric::name);
  return found == metrics.end() ? nullptr : &*found;
}

double Evaluation::value(std::string_view name) const {
  const Metric* metric = find(name);
  return metric ? metric->value : nothing;
}

Scorer scorer_of(const Model& model) {
  return [&model](const Batch& batch) {
    PlainWeights weights(model.parameters());
    return model.logits(weights, batch);
  };
}

std::vector<MetricKind> classification_metrics() {
  return {{"loss", Better::Lower}, {"accuracy", Better::Higher}};
}

Evaluation evaluate(const Scorer& logits, const Task& task, Split split, const OnBatch& on_batch) {
  const at::NoGradGuard no_grad;
  return task.evaluate(logits, split, on_batch);
}

Evaluation evaluate_classes(const Scorer& logits, const Task& task, Split split,
                            const OnBatch& on_batch) {
  Sums sums;
  const std::int64_t batches = task.evaluation_batches(split);
  for (std::int64_t i = 0; i < batches; ++i) {
    const BatchPlace place = place_of(split, i);
    const Batch batch = task.evaluation_batch(split, i);
    check_batch(batch, place);
    const at::Tensor& labels = batch.choice_count == 0 ? batch.targets : batch.labels;
    sums.add(scores_of(logits(batch), batch, labels, sums.evaluation.classes, place), labels);
    if (on_batch && !on_batch(i + 1, batches)) break;
  }
  Evaluation evaluation = std::move(sums.evaluation);
  const auto count = static_cast<double>(std::max<std::int64_t>(evaluation.examples, 1));
  evaluation.metrics = {
      {"loss", sums.loss / count, Better::Lower},
      {"accuracy", evaluation.unscored > 0 ? nothing : sums.right / count, Better::Higher}};
  return evaluation;
}

}  // namespace trainbus
