// The evaluation of a model on a split of a task: an ordered list of named metrics.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "engine/batch_check.hpp"
#include "models/batch.hpp"
#include "models/model.hpp"

namespace trainbus {

class Communicator;
class Task;
enum class Split;  // see engine/task.hpp

// Which of two values of a metric is the better one.
enum class Better { Lower, Higher };

struct Metric {
  std::string name;  // without the split: "loss"; published as eval/loss or test/loss
  double value = 0;
  Better better = Better::Lower;
};

// A metric that an evaluation will have.
struct MetricKind {
  std::string name;
  Better better = Better::Lower;
};

struct TRAINBUS_EXPORT Evaluation {
  std::int64_t examples = 0;
  std::vector<Metric> metrics;  // in the task's order; the first decides which model is the best
  // Examples with a score that is not finite. If there are any, metrics that count right answers
  // are NaN.
  std::int64_t unscored = 0;

  // For classifiers; empty if the evaluation was read from a journal.
  std::int64_t classes = 0;
  std::vector<float> scores;         // [examples, classes], in batch order
  std::vector<std::int64_t> labels;  // [examples]

  // Null if there is no metric of this name.
  const Metric* find(std::string_view name) const;
  // NaN if there is no metric of this name.
  double value(std::string_view name) const;
};

// Computes the logits of a batch [1, R, C], float32 on the CPU, wherever that is done.
class TRAINBUS_EXPORT Scorer {
 public:
  // Those of the model at θ, on the CPU. The model must outlive the scorer.
  explicit Scorer(const Model& model) : model_(&model) {}
  // By a function, on a device with its own parameters.
  explicit Scorer(std::function<at::Tensor(const Batch&)> logits) : logits_(std::move(logits)) {}

  at::Tensor operator()(const Batch& batch) const;
  // Scores of the batch's classes [examples, classes], float32 on the CPU; of answer choices
  // without all logits in memory at once where the model can. Throws RunError, naming place, for
  // scores that do not fit the batch.
  at::Tensor class_scores(const Batch& batch, BatchPlace place) const;
  // For what logits alone do not tell, such as generated texts; null: θ is not here.
  const Model* model() const { return model_; }

 private:
  const Model* model_ = nullptr;
  std::function<at::Tensor(const Batch&)> logits_;
};

// (batches done, of how many) → whether to go on; if not, the metrics are those of the batches
// done.
using OnBatch = std::function<bool(std::int64_t, std::int64_t)>;

// An evaluation under way: what computes its batches, and who.
struct EvaluationPass {
  const Scorer& logits;
  Split split;
  const OnBatch& on_batch;  // may be empty
  // The processes of the run, which share the batches; see Communicator::evaluate.
  Communicator& processes;
};

// Runs Task::evaluate without recording gradients. Throws RunError if a batch or its scores are not
// as models/batch.hpp says.
TRAINBUS_EXPORT Evaluation evaluate(const Scorer& logits, const Task& task, Split split,
                                    const OnBatch& on_batch, Communicator& processes);
// The same by this process alone.
TRAINBUS_EXPORT Evaluation evaluate(const Scorer& logits, const Task& task, Split split,
                                    const OnBatch& on_batch);

// The metrics of classifiers: "loss", the mean cross-entropy per example in nats, "accuracy", the
// share of examples whose right class has the highest score (of equal scores the lowest class
// counts), and "balanced_accuracy", "macro_f1" and "matthews": see metrics/confusion.hpp.
TRAINBUS_EXPORT std::vector<MetricKind> classification_metrics();
TRAINBUS_EXPORT Evaluation evaluate_classes(const EvaluationPass& pass, const Task& task);

}  // namespace trainbus
