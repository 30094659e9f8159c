#include "engine/evaluation/evaluation.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

#include "core/io/error.hpp"
#include "engine/batch_check.hpp"
#include "engine/communicator.hpp"
#include "engine/metric_names.hpp"
#include "engine/task.hpp"
#include "metrics/confusion.hpp"
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

  // scores [examples, classes], row by row; labels [examples] int64. Throws RunError if a label is
  // none of the classes, which are as many as in the batches before.
  void add(std::span<const float> scores, const at::Tensor& labels, BatchPlace place) {
    const std::int64_t examples = labels.numel();
    const std::int64_t count = static_cast<std::int64_t>(scores.size());
    const std::int64_t classes = examples > 0 ? count / examples : 0;
    if (classes * examples != count || classes == 0 ||
        (evaluation.classes != 0 && classes != evaluation.classes))
      throw RunError(place.text() + " has " + std::to_string(count) + " scores for " +
                         std::to_string(examples) + " examples, the batches before had " +
                         std::to_string(evaluation.classes) + " classes",
                     "task", "Mend the task, or the model.");
    const float* row = scores.data();
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

metrics::Confusion confusion_of(const Evaluation& evaluation) {
  const auto classes = static_cast<std::size_t>(std::max<std::int64_t>(evaluation.classes, 1));
  metrics::Confusion confusion(classes);
  const float* row = evaluation.scores.data();
  for (const std::int64_t label : evaluation.labels) {
    const auto predicted = std::max_element(row, row + classes) - row;
    confusion.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(predicted));
    row += classes;
  }
  return confusion;
}

// The scores of one batch, [examples, classes], checked against its labels.
at::Tensor scores_of(const Scorer& scorer, const Batch& batch, const at::Tensor& labels,
                     BatchPlace place) {
  at::Tensor scores = scorer.class_scores(batch, place);
  if (scores.size(0) == labels.numel()) return scores;
  throw RunError(place.text() + " has " + std::to_string(labels.numel()) +
                     " labels for scores of " + std::to_string(scores.size(0)) + " examples",
                 "task", "Mend the task; see models/batch.hpp.");
}

}  // namespace

Task::~Task() = default;
StartingScores::~StartingScores() = default;

std::shared_ptr<const Objective> Task::objective(std::string_view name) const {
  const auto forever = [](const Objective& objective) {
    return std::shared_ptr<const Objective>(std::shared_ptr<void>(), &objective);
  };
  for (const Objective* objective : {&loss_objective(), &accuracy_objective()})
    if (objective->name() == name) return forever(*objective);
  return nullptr;
}

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

at::Tensor Scorer::operator()(const Batch& batch) const {
  if (logits_) return logits_(batch);
  PlainWeights weights(model_->parameters());
  return model_->logits(weights, batch);
}

at::Tensor Scorer::class_scores(const Batch& batch, BatchPlace place) const {
  if (model_ && batch.choice_count > 0 && scores_tokens(batch)) {
    PlainWeights weights(model_->parameters());
    if (const at::Tensor losses = model_->token_losses(weights, batch); losses.defined())
      return choice_scores(-losses, batch)[0].contiguous();
  }
  const at::Tensor logits = (*this)(batch);
  check_logits(logits, batch, 1, place);
  return trainbus::class_scores(logits, batch)[0].to(at::kFloat).contiguous();
}

std::vector<MetricKind> classification_metrics() {
  return {{"loss", Better::Lower},
          {"accuracy", Better::Higher},
          {"balanced_accuracy", Better::Higher},
          {"macro_f1", Better::Higher},
          {"matthews", Better::Higher}};
}

Evaluation evaluate(const Scorer& logits, const Task& task, Split split, const OnBatch& on_batch,
                    Communicator& processes) {
  const at::NoGradGuard no_grad;
  return task.evaluate({logits, split, on_batch, processes});
}

Evaluation evaluate(const Scorer& logits, const Task& task, Split split, const OnBatch& on_batch) {
  OneProcess alone;
  return evaluate(logits, task, split, on_batch, alone);
}

// A batch's numbers are its scores, [examples, classes]. Its labels are everybody's own.
Evaluation evaluate_classes(const EvaluationPass& pass, const Task& task) {
  Sums sums;
  const std::int64_t batches = task.evaluation_batches(pass.split);
  bool goes_on = true;
  std::map<std::size_t, at::Tensor> labels;  // of batches that were computed here, not used yet
  const auto batch_of = [&](std::size_t i) {
    const auto number = static_cast<std::int64_t>(i);
    Batch batch = task.evaluation_batch(pass.split, number);
    check_batch(batch, place_of(pass.split, number));
    return batch;
  };
  const auto labels_of = [](const Batch& batch) {
    return batch.choice_count == 0 ? batch.targets : batch.labels;
  };
  ranks::Work work{.kind = ranks::Work::Kind::Evaluation,
                   .number = static_cast<std::uint64_t>(pass.split),
                   .items = static_cast<std::size_t>(std::max<std::int64_t>(batches, 0))};
  work.compute = [&](std::size_t i, std::vector<float>& numbers) {
    const at::NoGradGuard no_grad;
    const Batch batch = batch_of(i);
    labels[i] = labels_of(batch);
    const at::Tensor scores = scores_of(pass.logits, batch, labels[i],
                                        place_of(pass.split, static_cast<std::int64_t>(i)));
    const float* first = scores.const_data_ptr<float>();
    numbers.assign(first, first + scores.numel());
  };
  work.take = [&](std::size_t i, std::span<const float> numbers) {
    if (!goes_on) return;
    auto own = labels.extract(i);
    const at::Tensor right = own ? own.mapped() : labels_of(batch_of(i));
    sums.add(numbers, right, place_of(pass.split, static_cast<std::int64_t>(i)));
    goes_on = !pass.on_batch || pass.on_batch(static_cast<std::int64_t>(i) + 1, batches);
  };
  work.give_up = [&] { return !goes_on; };
  pass.processes.evaluate(work);
  Evaluation evaluation = std::move(sums.evaluation);
  const auto count = static_cast<double>(std::max<std::int64_t>(evaluation.examples, 1));
  evaluation.metrics = {{"loss", sums.loss / count, Better::Lower}};
  const auto add = [&](const char* name, double value) {
    evaluation.metrics.push_back({name, evaluation.unscored > 0 ? nothing : value, Better::Higher});
  };
  const metrics::Confusion confusion = confusion_of(evaluation);
  add("accuracy", sums.right / count);
  add("balanced_accuracy", confusion.balanced_accuracy());
  add("macro_f1", confusion.macro_f1());
  add("matthews", confusion.matthews());
  return evaluation;
}

}  // namespace trainbus
