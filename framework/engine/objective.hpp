// What a zeroth-order step minimises: it needs values only, so that they need no gradient.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "engine/batch_check.hpp"
#include "models/batch.hpp"
#include "models/model.hpp"

namespace trainbus {

// A pure function of weights and a batch. Its object outlives the run's steps; one thread.
class TRAINBUS_EXPORT Objective {
 public:
  virtual ~Objective();
  // As --objective names it: "accuracy".
  virtual std::string name() const = 0;
  // Whether weights of two sides serve; else it gets those of one side at a time, as texts do that
  // are generated token by token.
  virtual bool takes_both_sides() const { return true; }
  // A value for each side, less is better; NaN if a score is not finite. place names the batch in
  // messages. Throws RunError for scores that do not fit the batch.
  virtual std::vector<float> values(const Model& model, Weights& weights, const Batch& batch,
                                    BatchPlace place) const = 0;
  // The same of each answer, from the batch's logits [S, R, C]: of each target or, with answer
  // choices, of each label; side by side, [S · answers]. Their mean over a side is its value.
  // Throws UsageError by default: it takes more than one forward pass.
  virtual std::vector<float> example_values(const at::Tensor& logits, const Batch& batch) const;
};

// The mean cross-entropy of the batch, "loss".
TRAINBUS_EXPORT const Objective& loss_objective();

// 1 − accuracy, "accuracy": the share of the batch's examples that are answered wrongly. Of an
// example with equal scores the lowest class is its answer. NaN if a score is NaN, or the best one
// not finite; −∞ is a choice that the example has not.
TRAINBUS_EXPORT const Objective& accuracy_objective();

}  // namespace trainbus
