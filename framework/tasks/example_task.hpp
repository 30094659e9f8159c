// What all tasks on labelled texts share: tokens, parts, the order of batches.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/task.hpp"
#include "tasks/data/order.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/prompt_classification/prompt_tokens.hpp"

namespace trainbus {

struct ExampleTaskOptions {
  std::int64_t batch_size = 16;  // examples per micro-batch
  std::int64_t evaluation_batch_size = 32;
  std::int64_t evaluation_limit = 0;  // examples per evaluation, of train and validation; 0: all
  std::int64_t max_tokens = 256;      // per example
  std::uint64_t seed = 0;             // of the order of training examples
};

class TRAINBUS_EXPORT ExampleTask : public Task {
 public:
  // tokenizer: an example's prompt to the ids that the model is to read. Throws UsageError (see
  // tasks/prompt_classification/prompt_tokens.hpp). The dataset is not kept.
  ExampleTask(const tasks::Dataset& dataset, const tasks::Tokenizer& tokenizer,
              const ExampleTaskOptions& options);

  std::int64_t batches_per_epoch() const override { return train_batches_.count(); }
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  std::int64_t evaluation_batches(Split split) const override;
  Batch evaluation_batch(Split split, std::int64_t index) const override;
  std::string identity() const override;  // SHA-256 of all tokens and labels, in hexadecimal

  std::size_t truncated() const { return truncated_; }  // examples that lost tokens of their text
  // A batch of examples without known labels; their targets are class 0.
  Batch unlabelled_batch(const tasks::TokenizedPrompts& prompts) const;

 protected:
  struct Examples {
    tasks::TokenizedPrompts tokens;
    std::vector<std::uint32_t> labels;
    std::vector<std::uint32_t> order;  // evaluation: what is evaluated, longest first
  };
  const Examples& part(Split split) const {
    return split == Split::Train ? train_ : split == Split::Validation ? validation_ : test_;
  }
  // The chosen examples as a batch; the caller fills in how many they are and what they weigh.
  virtual Batch make(const Examples& examples, std::span<const std::uint32_t> chosen) const = 0;

 private:
  Examples prepare(const std::vector<tasks::Example>& examples, const tasks::Tokenizer& tokenizer,
                   std::int64_t evaluation_limit);
  Batch complete(const Examples& examples, std::span<const std::uint32_t> chosen) const;

  ExampleTaskOptions options_;
  std::size_t truncated_ = 0;
  Examples train_, validation_, test_;
  mutable tasks::EpochBatches train_batches_;
};

}  // namespace trainbus
