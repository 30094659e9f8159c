// The base of all tasks on labelled texts: tokens, parts, the order of batches.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/task.hpp"
#include "tasks/data/evaluation_batches.hpp"
#include "tasks/data/order.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/prompt_classification/prompt_tokens.hpp"

namespace trainbus {

struct ExampleTaskOptions {
  std::int64_t batch_size = 16;  // examples per micro-batch
  std::int64_t evaluation_batch_size = 32;
  std::int64_t evaluation_limit = 0;  // examples per evaluation, of train and validation; 0: all
  std::int64_t max_tokens = 256;      // per prompt
  std::int64_t positions = 0;  // of the model, for a prompt and what continues it; 0: no bound
  std::uint64_t seed = 0;      // of the order of training examples
};

class TRAINBUS_EXPORT ExampleTask : public Task {
 public:
  // encode: an example's prompt to the ids that the model reads. Throws UsageError (see
  // tasks/prompt_classification/prompt_tokens.hpp), also for a label that the dataset does not list
  // and for sizes below 1. Neither the dataset nor encode is kept.
  ExampleTask(const tasks::Dataset& dataset, const tasks::TextEncoder& encode,
              const ExampleTaskOptions& options);

  std::int64_t batches_per_epoch() const override { return train_batches_.count(); }
  // Batches throw RunError for an index that is out of range.
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  std::int64_t evaluation_batches(Split split) const override;
  Batch evaluation_batch(Split split, std::int64_t index) const override;
  std::vector<ResultRow> describe(const Evaluation& evaluation) const override;
  std::string identity() const override;  // SHA-256 of all tokens and labels, in hexadecimal

  std::size_t truncated() const { return truncated_; }             // examples whose text was cut
  std::int64_t max_tokens() const { return options_.max_tokens; }  // to which prompts are cut
  // A batch of one or more examples without labels; their targets are class 0. They are prepared
  // like the dataset's.
  Batch unlabelled_batch(std::span<const tasks::Example> examples,
                         const tasks::TextEncoder& encode) const;

 protected:
  struct Examples {
    tasks::TokenizedPrompts tokens;
    std::vector<std::uint32_t> labels;
    tasks::EvaluationBatches batches;
  };
  const Examples& part(Split split) const {
    return split == Split::Train ? train_ : split == Split::Validation ? validation_ : test_;
  }
  // Throws UsageError, with the example's place, for a prompt that make() cannot use.
  virtual void check(std::span<const std::int32_t> prompt, const tasks::Example& example) const;
  // Checks all prompts of the dataset. The constructor of a task that overrides check() must call
  // it.
  void check_all(const tasks::Dataset& dataset) const;
  // The chosen examples as a batch; the caller sets their number and weight.
  virtual Batch make(const Examples& examples, std::span<const std::uint32_t> chosen) const = 0;

 private:
  Examples prepare(const std::vector<tasks::Example>& examples, const tasks::TextEncoder& encode,
                   std::size_t labels, std::int64_t evaluation_limit);
  Batch complete(const Examples& examples, std::span<const std::uint32_t> chosen) const;

  ExampleTaskOptions options_;
  std::size_t truncated_ = 0;
  Examples train_, validation_, test_;
  mutable tasks::EpochBatches train_batches_;
};

}  // namespace trainbus
