// Prompt classification as batches for a language model: the torch half of the task.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/task.hpp"
#include "tasks/label_words.hpp"
#include "tasks/order.hpp"
#include "tasks/prompt_classification.hpp"
#include "tasks/prompt_tokens.hpp"

namespace trainbus {

struct PromptTaskOptions {
  std::int64_t batch_size = 16;  // examples per micro-batch
  std::int64_t evaluation_batch_size = 32;
  std::int64_t evaluation_limit = 0;  // examples per evaluation, of train and validation; 0: all
  std::int64_t max_tokens = 256;      // per prompt
  std::uint64_t seed = 0;             // of the order of training examples
};

// Every example is a prompt; the score of a class is the log-probability of its label word after
// the prompt (mean over the word's tokens), and the loss is the cross-entropy over the classes'
// scores, as in MeZO's paper (arXiv 2305.17333, appendix E). Where all words are single tokens,
// only those rows of the output matrix are computed, at the prompt's last position: the softmax's
// other terms cancel. Otherwise the prompt is computed once and each word as its continuation.
class TRAINBUS_EXPORT PromptTask final : public Task {
 public:
  // tokenizer: text to ids, without special tokens added. Throws UsageError (see
  // tasks/label_words.hpp, tasks/prompt_tokens.hpp). The dataset is not kept.
  PromptTask(const tasks::Dataset& dataset, const tasks::Tokenizer& tokenizer,
             const PromptTaskOptions& options);

  std::int64_t batches_per_epoch() const override { return train_batches_.count(); }
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  std::int64_t evaluation_batches(Split split) const override;
  Batch evaluation_batch(Split split, std::int64_t index) const override;

  std::size_t truncated() const { return truncated_; }  // prompts that lost tokens of their text
  // A batch of prompts without known labels; their targets are class 0.
  Batch prompts_batch(const tasks::TokenizedPrompts& prompts) const;

 private:
  struct Prompts {
    tasks::TokenizedPrompts tokens;
    std::vector<std::uint32_t> labels;
    std::vector<std::uint32_t> order;  // evaluation: what is evaluated, longest first
  };
  Prompts prepare(const std::vector<tasks::Example>& examples, const tasks::Tokenizer& tokenizer);
  const Prompts& part(Split split) const {
    return split == Split::Train ? train_ : split == Split::Validation ? validation_ : test_;
  }
  Batch make(const Prompts& prompts, std::span<const std::uint32_t> examples) const;
  Batch make_single(const Prompts& prompts, std::span<const std::uint32_t> examples) const;
  Batch make_options(const Prompts& prompts, std::span<const std::uint32_t> examples) const;

  PromptTaskOptions options_;
  tasks::LabelWords words_;
  at::Tensor word_rows_;  // [classes] token ids, if all words are single tokens
  std::size_t truncated_ = 0;
  Prompts train_, validation_, test_;
  mutable tasks::EpochBatches train_batches_;
};

}  // namespace trainbus
