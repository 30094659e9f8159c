// A task: the batches that a model is trained and evaluated on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "engine/evaluation/evaluation.hpp"
#include "engine/objective.hpp"
#include "engine/starting_scores.hpp"
#include "models/batch.hpp"

namespace trainbus {

enum class Split { Train, Validation, Test };

struct ResultRow {
  std::string name, value;
};

// Its functions are pure functions of their arguments, so that any step of a run can be repeated.
class TRAINBUS_EXPORT Task {
 public:
  virtual ~Task();

  // Micro-batches in one pass over the training data; at least 1.
  virtual std::int64_t batches_per_epoch() const = 0;
  // Micro-batch `index` of epoch `epoch`, both from 0.
  virtual Batch train_batch(std::uint64_t epoch, std::int64_t index) const = 0;

  // Evaluation batches of a split; 0 if there is no such split.
  virtual std::int64_t evaluation_batches(Split split) const = 0;
  virtual Batch evaluation_batch(Split split, std::int64_t index) const = 0;

  // The metrics of its evaluations, in order; the first decides which model is the best, unless a
  // run names another. The default is a classifier's metrics.
  virtual std::vector<MetricKind> metrics() const { return classification_metrics(); }
  // Evaluates a split; the result has these metrics. The batches are items of one round of the
  // pass's processes; on_batch is called after every batch, in order.
  virtual Evaluation evaluate(const EvaluationPass& pass) const {
    return evaluate_classes(pass, *this);
  }

  // What a zeroth-order run can minimise on its batches, as --objective names it; at least "loss".
  virtual std::vector<std::string> objectives() const { return {"loss", "accuracy"}; }
  // The objective of one of these names, which may use the task: null for other names.
  virtual std::shared_ptr<const Objective> objective(std::string_view name) const;

  // Whether its evaluations generate texts, which a device does not yet.
  virtual bool generates() const { return false; }

  // What it needs of the weights that a run starts from; null: nothing. Once they are used, the
  // functions above are pure again.
  virtual StartingScores* starting_scores() const { return nullptr; }

  // What a person reads of an evaluation: name and value, in their order.
  virtual std::vector<ResultRow> describe(const Evaluation& evaluation) const;

  // A short name for the exact data, equal for equal batches; a resumed run must have the same.
  // Empty: it is unknown and not compared.
  virtual std::string identity() const { return {}; }
};

}  // namespace trainbus
