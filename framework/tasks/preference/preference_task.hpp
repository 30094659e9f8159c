// Pairs of answers as batches for a decoder: the part of the task that uses LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/task.hpp"
#include "tasks/multiple_choice/choice_parts.hpp"
#include "tasks/multiple_choice/choice_tokens.hpp"
#include "tasks/preference/preference_references.hpp"

namespace trainbus {

struct PreferenceTaskOptions {
  // Of the two answers of a pair, the better one first. With s log π(answer | prompt), the sum or
  // the mean over its tokens, and r that of the weights that the run starts from, an answer's
  // implicit reward is β(s − r), and h the better one's less the other's:
  //   DPO (arXiv 2305.18290, equation 7)     −log σ(h), of sums
  //   IPO (arXiv 2310.12036, equation 17)    (h/β − 1/(2β))², of means, as TRL has it
  //   SimPO (arXiv 2405.14734, equation 6)   −log σ(h − γ), of means, r = 0
  // label smoothing ε (conservative DPO): (1 − ε)·L(h) + ε·L(−h).
  ChoiceScoring scoring = {.sums = true, .scale = 0.1};
  bool has_references = true;       // else r = 0
  std::optional<std::int32_t> end;  // the token that ends each answer, if one does
  std::int64_t batch_size = 16;     // pairs per micro-batch
  std::int64_t evaluation_batch_size = 16;
  std::int64_t evaluation_limit = 0;  // pairs per evaluation, of train and validation; 0: all
  std::int64_t max_tokens = 2048;     // per text
  std::uint64_t seed = 0;             // of the order of training pairs
};

// The answers of a pair are computed behind their prompt, which is computed once. Evaluations have
// "loss", "accuracy", the share of pairs whose better answer has the greater reward, "margin", the
// mean of h, and the means of both rewards.
class TRAINBUS_EXPORT PreferenceTask final : public Task {
 public:
  // dataset: of pairs. Throws UsageError (see tasks/multiple_choice/choice_tokens.hpp), also for
  // sizes below 1. Neither the dataset nor encode is kept.
  PreferenceTask(const tasks::ChoiceDataset& dataset, const tasks::TextEncoder& encode,
                 const PreferenceTaskOptions& options);

  std::int64_t batches_per_epoch() const override { return parts_.train_batches(); }
  // Batches throw RunError for an index that is out of range.
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  std::int64_t evaluation_batches(Split split) const override {
    return parts_.evaluation_batches(split);
  }
  Batch evaluation_batch(Split split, std::int64_t index) const override;
  std::vector<MetricKind> metrics() const override;
  Evaluation evaluate(const EvaluationPass& pass) const override;
  std::vector<ResultRow> describe(const Evaluation& evaluation) const override;
  StartingScores* starting_scores() const override { return references_.get(); }
  std::string identity() const override;  // SHA-256 of all tokens, in hexadecimal

  std::size_t cut() const { return cut_; }  // pairs with a text that was cut

 private:
  PreferencePair tokenized(const tasks::ChoiceExample& given, const tasks::TextEncoder& encode);
  Batch batch_of(std::span<const PreferencePair* const> pairs) const;

  PreferenceTaskOptions options_;
  std::size_t cut_ = 0, pairs_ = 0;
  ChoiceParts<PreferencePair> parts_;
  std::unique_ptr<PreferenceReferences> references_;  // null: r = 0
};

}  // namespace trainbus
