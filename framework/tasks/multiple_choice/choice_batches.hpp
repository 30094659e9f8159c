// Multiple choice as batches for a decoder: the part of the task that uses LibTorch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/task.hpp"
#include "tasks/multiple_choice/choice_parts.hpp"
#include "tasks/multiple_choice/choice_tokens.hpp"

namespace trainbus {

enum class ChoiceScore {
  Mean,        // of the log-probabilities of the option's tokens
  Sum,         // of them
  Calibrated,  // their sum, less that of the option without its example
};
enum class ChoiceLoss {
  Choices,  // cross-entropy over the options' means, the mean over examples
  Answer,   // cross-entropy of the right option's tokens, the mean over all of a batch's
};

struct ChoiceTaskOptions {
  ChoiceScore score = ChoiceScore::Mean;  // of evaluations
  ChoiceLoss loss = ChoiceLoss::Choices;  // of training, and the metric `loss`
  std::int64_t batch_size = 16;           // examples per micro-batch
  std::int64_t evaluation_batch_size = 16;
  std::int64_t evaluation_limit = 0;  // examples per evaluation, of train and validation; 0: all
  std::int64_t max_tokens = 2048;     // per text
  std::uint64_t seed = 0;             // of the order of training examples
};

// An option's tokens are computed behind what all of its row's texts have in common, which is
// computed once. The metrics are `loss` and `accuracy`, the share of examples whose first option
// with the greatest score is among the right ones.
class TRAINBUS_EXPORT ChoiceTask final : public Task {
 public:
  // Throws UsageError (see tasks/multiple_choice/choice_tokens.hpp), also for sizes below 1.
  // Neither the dataset nor encode is kept.
  ChoiceTask(const tasks::ChoiceDataset& dataset, const tasks::TextEncoder& encode,
             const ChoiceTaskOptions& options);

  std::int64_t batches_per_epoch() const override { return parts_.train_batches(); }
  // Batches throw RunError for an index that is out of range.
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  std::int64_t evaluation_batches(Split split) const override {
    return parts_.evaluation_batches(split);
  }
  // All options, whatever the loss.
  Batch evaluation_batch(Split split, std::int64_t index) const override;
  Evaluation evaluate(const EvaluationPass& pass) const override;
  std::vector<ResultRow> describe(const Evaluation& evaluation) const override;
  std::string identity() const override;  // SHA-256 of all tokens and answers, in hexadecimal

  std::size_t cut() const { return cut_; }  // examples with a text that was cut

 private:
  ChoiceTaskOptions options_;
  std::size_t cut_ = 0;
  ChoiceParts<tasks::ChoiceTokens> parts_;
};

// The texts of several examples as one batch: choice k of example e is texts[e][k].
TRAINBUS_EXPORT Batch choice_batch(std::span<const std::vector<tasks::ScoredText>* const> texts);
// Plain cross-entropy of the scored tokens of texts; the batch's weight is their number.
TRAINBUS_EXPORT Batch answer_batch(std::span<const tasks::ScoredText* const> texts);
// The sum of the log-probabilities of each choice's tokens: logits [1, R, V] float32 on the CPU of
// a choice_batch → one number for each choice that there is, in order.
TRAINBUS_EXPORT std::vector<double> choice_sums(const at::Tensor& logits, const Batch& batch);

}  // namespace trainbus
