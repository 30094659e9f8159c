#include "tasks/prompt_classification/prompt_batches.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"
#include "tasks/packing.hpp"

namespace trainbus {
namespace {

// Prompts, each followed by its candidate words. A prompt is computed once for all of its words; a
// word's sequence has all its tokens but the last, which is only predicted.
struct ChoicePacking {
  Packing packing;
  std::vector<std::int64_t> prefixes, target_positions, target_choices;
  std::int64_t prompt = 0;        // the last prompt's sequence
  std::int64_t after_prompt = 0;  // index of the last prompt's end among the scored positions
  std::int64_t choices = 0;

  template <class Ids>
  void append_prompt(const Ids& ids) {
    prompt = static_cast<std::int64_t>(prefixes.size());
    packing.append(ids);
    after_prompt = score_last_token();
    end_sequence(-1);
  }
  void append_choice(const std::vector<std::int32_t>& word) {
    add_target(after_prompt, word.front());
    for (std::size_t t = 0; t + 1 < word.size(); ++t) {
      packing.tokens.push_back(word[t]);
      add_target(score_last_token(), word[t + 1]);
    }
    if (word.size() > 1) end_sequence(prompt);
    ++choices;
  }
  Batch batch() const {
    Batch batch = packing.batch();
    batch.prefixes = index_tensor(prefixes);
    batch.target_positions = index_tensor(target_positions);
    batch.target_choices = index_tensor(target_choices);
    return batch;
  }

 private:
  std::int64_t score_last_token() {
    packing.positions.push_back(static_cast<std::int64_t>(packing.tokens.size()) - 1);
    return static_cast<std::int64_t>(packing.positions.size()) - 1;
  }
  void add_target(std::int64_t position, std::int64_t token) {
    target_positions.push_back(position);
    target_choices.push_back(choices);
    packing.targets.push_back(token);
  }
  void end_sequence(std::int64_t prefix) {
    packing.end_sequence();
    prefixes.push_back(prefix);
  }
};

void check_words_fill_masks(const tasks::LabelWords& words,
                            const std::vector<tasks::Label>& labels) {
  for (std::size_t i = 0; i < words.tokens.size(); ++i)
    if (words.tokens[i].size() != 1)
      throw UsageError("the word '" + labels[i].word + "' is " +
                           std::to_string(words.tokens[i].size()) +
                           " tokens for this model, a mask is replaced by one",
                       "--task.labels", "Choose another word.");
}

// All tokens of a word but the last are input after the prompt.
ExampleTaskOptions with_room_for_words(ExampleTaskOptions options, const tasks::LabelWords& words) {
  std::size_t longest = 1;
  for (const std::vector<std::int32_t>& word : words.tokens)
    longest = std::max(longest, word.size());
  const std::int64_t room = options.positions - static_cast<std::int64_t>(longest) + 1;
  if (options.positions == 0 || options.max_tokens <= room) return options;
  if (room < 1)
    throw UsageError("the longest word is " + std::to_string(longest) +
                         " tokens for this model, which has " + std::to_string(options.positions) +
                         " positions",
                     "--task.labels", "Choose shorter words.");
  options.max_tokens = room;
  return options;
}

}  // namespace

PromptTask::PromptTask(const tasks::Dataset& dataset, const PromptEncoding& encoding,
                       const ExampleTaskOptions& options)
    : PromptTask(dataset, encoding, tasks::tokenize_label_words(dataset.labels, encoding.words),
                 options) {}

PromptTask::PromptTask(const tasks::Dataset& dataset, const PromptEncoding& encoding,
                       tasks::LabelWords words, const ExampleTaskOptions& options)
    : ExampleTask(dataset, encoding.prompts, with_room_for_words(options, words)),
      words_(std::move(words)),
      mask_(encoding.mask),
      mask_text_(encoding.mask_text) {
  if (mask_) check_words_fill_masks(words_, dataset.labels);
  check_all(dataset);
  if (words_.single_token) {
    std::vector<std::int64_t> rows;
    for (const auto& word : words_.tokens) rows.push_back(word.front());
    word_rows_ = index_tensor(rows);
  }
}

void PromptTask::check(std::span<const std::int32_t> prompt, const tasks::Example& example) const {
  if (!mask_) return;
  const auto masks = std::count(prompt.begin(), prompt.end(), *mask_);
  if (masks != 1)
    throw UsageError("the prompt of " + example.place() + " has " + std::to_string(masks) +
                         " masks, this model fills in one",
                     "--task.template",
                     "Put " + mask_text_ +
                         " where the word belongs, once; a text may not hold it.");
}

std::int64_t PromptTask::scored_token(std::span<const std::int32_t> prompt) const {
  if (!mask_) return static_cast<std::int64_t>(prompt.size()) - 1;
  return std::find(prompt.begin(), prompt.end(), *mask_) - prompt.begin();
}

Batch PromptTask::make_single(const Examples& examples,
                              std::span<const std::uint32_t> chosen) const {
  Packing packing;
  for (const std::uint32_t i : chosen) {
    const std::span<const std::int32_t> prompt = examples.tokens.prompt(i);
    packing.positions.push_back(packing.offsets.back() + scored_token(prompt));
    packing.append(prompt);
    packing.end_sequence();
    packing.targets.push_back(examples.labels[i]);
  }
  Batch batch = packing.batch();
  batch.candidate_ids = word_rows_;
  return batch;
}

Batch PromptTask::make_choices(const Examples& examples,
                               std::span<const std::uint32_t> chosen) const {
  ChoicePacking packing;
  std::vector<std::int64_t> labels;
  for (const std::uint32_t i : chosen) {
    labels.push_back(examples.labels[i]);
    packing.append_prompt(examples.tokens.prompt(i));
    for (const std::vector<std::int32_t>& word : words_.tokens) packing.append_choice(word);
  }
  Batch batch = packing.batch();
  batch.choice_count = static_cast<std::int64_t>(words_.tokens.size());
  batch.labels = index_tensor(labels);
  return batch;
}

Batch PromptTask::make(const Examples& examples, std::span<const std::uint32_t> chosen) const {
  return words_.single_token ? make_single(examples, chosen) : make_choices(examples, chosen);
}

}  // namespace trainbus
