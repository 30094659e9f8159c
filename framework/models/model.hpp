// A model: a pure function of (Weights, Batch).
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>

#include "core/export.hpp"
#include "models/batch.hpp"
#include "models/weights/parameters.hpp"
#include "models/weights/weights.hpp"

namespace trainbus {

class TRAINBUS_EXPORT Model {
 public:
  explicit Model(Parameters parameters);
  virtual ~Model();

  // Scores at the batch's logit positions: [S, R, C], C the batch's candidate ids or the whole
  // vocabulary.
  virtual at::Tensor logits(Weights& weights, const Batch& batch) const = 0;
  // −log p of each target among the whole vocabulary, of a batch that scores_tokens(): [S, T]
  // float32. For models that compute them without all of the batch's logits in memory at once;
  // undefined, as by default: this one does not, or not with these weights.
  virtual at::Tensor token_losses(Weights& weights, const Batch& batch) const;
  virtual std::string family() const = 0;
  // Whether some of its activations are not of one token or sequence of the batch, such as those of
  // distances between tokens: then examples cannot have weights of their own.
  virtual bool mixes_examples() const { return false; }

  // One loss per side, [S] float32: the mean cross-entropy of the batch, or what its scoring says
  // (see Batch for what is read).
  at::Tensor loss(Weights& weights, const Batch& batch) const;

  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

 private:
  Parameters parameters_;
};

// The cross-entropy of logits [S, R, C] for each of the batch's targets or, with answer choices,
// the loss of each label that the batch's scoring says: [S, T] or [S, examples], in float32.
TRAINBUS_EXPORT at::Tensor cross_entropies(const at::Tensor& logits, const Batch& batch);
// Their mean: [S].
TRAINBUS_EXPORT at::Tensor cross_entropy(const at::Tensor& logits, const Batch& batch);

// −log p of each target: logits [S, R, C], targets [R] → [S, R] float32.
TRAINBUS_EXPORT at::Tensor negative_log_likelihoods(const at::Tensor& logits,
                                                    const at::Tensor& targets);
// The same of targets at some rows, each any number of times: rows, targets [T] → [S, T] float32.
TRAINBUS_EXPORT at::Tensor negative_log_likelihoods(const at::Tensor& logits,
                                                    const at::Tensor& rows,
                                                    const at::Tensor& targets);

// Scores of the batch's classes per example: logits [S, R, C] → [S, examples, classes] (for answer
// choices of several tokens: mean log-probabilities or what the scoring says, −∞ for those that an
// example has not).
TRAINBUS_EXPORT at::Tensor class_scores(const at::Tensor& logits, const Batch& batch);
// The same of answer choices from the log-probability of each target: [S, T] → [S, examples,
// choices].
TRAINBUS_EXPORT at::Tensor choice_scores(const at::Tensor& log_p, const Batch& batch);
// The loss of each label, from those: [S, examples] float32.
TRAINBUS_EXPORT at::Tensor choice_losses(const at::Tensor& scores, const Batch& batch);

}  // namespace trainbus
