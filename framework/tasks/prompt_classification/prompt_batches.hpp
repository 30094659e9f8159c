// Prompt classification as batches for a language model: the part of the task that uses LibTorch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tasks/example_task.hpp"
#include "tasks/prompt_classification/label_words.hpp"

namespace trainbus {

// How text becomes ids for one model.
struct PromptEncoding {
  tasks::TextEncoder words;    // without special tokens
  tasks::TextEncoder prompts;  // with the special tokens that the model expects
  // For a masked language model: the token that the word replaces. None: the word follows the
  // prompt.
  std::optional<std::int32_t> mask;
  std::string mask_text = "[MASK]";  // what a template has for it, for messages
};

// Every example is a prompt; the score of a class is the log-probability of its label word after
// the prompt (mean over the word's tokens), or in place of its mask, and the loss is the
// cross-entropy over the classes' scores, as in MeZO's paper (arXiv 2305.17333, appendix E). Where
// all words are single tokens, only those rows of the output matrix are computed, at the prompt's
// last position or the mask's: the softmax's other terms cancel. Otherwise the prompt is computed
// once and each word as its continuation; prompts are cut so that the longest word has room within
// the model's positions.
class TRAINBUS_EXPORT PromptTask final : public ExampleTask {
 public:
  // Throws UsageError (see tasks/prompt_classification/label_words.hpp,
  // tasks/prompt_classification/prompt_tokens.hpp); with a mask also for words of several tokens,
  // and for prompts that do not hold the mask once. The dataset is not kept.
  PromptTask(const tasks::Dataset& dataset, const PromptEncoding& encoding,
             const ExampleTaskOptions& options);
  // For models without special tokens: text to ids.
  PromptTask(const tasks::Dataset& dataset, const tasks::TextEncoder& encode,
             const ExampleTaskOptions& options)
      : PromptTask(dataset, PromptEncoding{encode, encode, std::nullopt}, options) {}

 private:
  PromptTask(const tasks::Dataset& dataset, const PromptEncoding& encoding, tasks::LabelWords words,
             const ExampleTaskOptions& options);
  void check(std::span<const std::int32_t> prompt, const tasks::Example& example) const override;
  Batch make(const Examples& examples, std::span<const std::uint32_t> chosen) const override;
  Batch make_single(const Examples& examples, std::span<const std::uint32_t> chosen) const;
  Batch make_choices(const Examples& examples, std::span<const std::uint32_t> chosen) const;
  // The index in a prompt of the token whose output predicts the word.
  std::int64_t scored_token(std::span<const std::int32_t> prompt) const;

  tasks::LabelWords words_;
  std::optional<std::int32_t> mask_;
  std::string mask_text_;
  at::Tensor word_rows_;  // [classes] token ids, if all words are single tokens
};

}  // namespace trainbus
