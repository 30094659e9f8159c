#include "tasks/prompt_batches.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>

namespace trainbus {
namespace {

template <class Container>
at::Tensor index_tensor(const Container& values) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<std::int64_t>());
  return tensor;
}

// Sequences packed one behind the other.
struct Packing {
  std::vector<std::int64_t> tokens, offsets = {0}, positions, targets;
  template <class Ids>
  void append(const Ids& ids) {
    tokens.insert(tokens.end(), ids.begin(), ids.end());
  }
  void end_sequence() { offsets.push_back(static_cast<std::int64_t>(tokens.size())); }
  Batch batch() const {
    Batch batch;
    batch.tokens = index_tensor(tokens);
    batch.offsets = index_tensor(offsets);
    batch.positions = index_tensor(positions);
    batch.targets = index_tensor(targets);
    batch.token_count = static_cast<std::int64_t>(tokens.size());
    return batch;
  }
};

// Prompts, each followed by the words that may continue it. A prompt is computed once for all of
// its words; a word's sequence is what of it is read, all tokens but the last.
struct OptionPacking {
  Packing packing;
  std::vector<std::int64_t> prefixes, target_positions, target_options;
  std::int64_t prompt = 0;        // the last prompt's sequence
  std::int64_t after_prompt = 0;  // of the scored positions, the last prompt's end
  std::int64_t options = 0;

  template <class Ids>
  void append_prompt(const Ids& ids) {
    prompt = static_cast<std::int64_t>(prefixes.size());
    packing.append(ids);
    after_prompt = score_last_token();
    end_sequence(-1);
  }
  void append_option(const std::vector<std::int32_t>& word) {
    add_target(after_prompt, word.front());
    for (std::size_t t = 0; t + 1 < word.size(); ++t) {
      packing.tokens.push_back(word[t]);
      add_target(score_last_token(), word[t + 1]);
    }
    if (word.size() > 1) end_sequence(prompt);
    ++options;
  }
  Batch batch() const {
    Batch batch = packing.batch();
    batch.prefixes = index_tensor(prefixes);
    batch.target_positions = index_tensor(target_positions);
    batch.target_options = index_tensor(target_options);
    return batch;
  }

 private:
  std::int64_t score_last_token() {
    packing.positions.push_back(static_cast<std::int64_t>(packing.tokens.size()) - 1);
    return static_cast<std::int64_t>(packing.positions.size()) - 1;
  }
  void add_target(std::int64_t position, std::int64_t token) {
    target_positions.push_back(position);
    target_options.push_back(options);
    packing.targets.push_back(token);
  }
  void end_sequence(std::int64_t prefix) {
    packing.end_sequence();
    prefixes.push_back(prefix);
  }
};

// Which examples an evaluation takes: all, or `limit` of them spread evenly; longest first, so that
// batches hold prompts of like length and the peak of memory comes at once.
std::vector<std::uint32_t> evaluation_order(const tasks::TokenizedPrompts& prompts,
                                            std::int64_t limit) {
  const std::size_t count = prompts.size();
  const std::size_t taken = limit > 0 ? std::min<std::size_t>(count, limit) : count;
  std::vector<std::uint32_t> order(taken);
  for (std::size_t i = 0; i < taken; ++i) order[i] = static_cast<std::uint32_t>(i * count / taken);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return prompts.lengths[a] > prompts.lengths[b];
  });
  return order;
}

}  // namespace

PromptTask::PromptTask(const tasks::Dataset& dataset, const tasks::Tokenizer& tokenizer,
                       const PromptTaskOptions& options)
    : options_(options),
      words_(tasks::tokenize_label_words(dataset.labels, tokenizer)),
      train_(prepare(dataset.train, tokenizer)),
      validation_(prepare(dataset.validation, tokenizer)),
      test_(prepare(dataset.test, tokenizer)),
      train_batches_(dataset.train.size(), static_cast<std::size_t>(options.batch_size),
                     options.seed) {
  train_.order = evaluation_order(train_.tokens, options.evaluation_limit);
  validation_.order = evaluation_order(validation_.tokens, options.evaluation_limit);
  test_.order = evaluation_order(test_.tokens, 0);
  if (words_.single_token) {
    std::vector<std::int64_t> rows;
    for (const auto& word : words_.tokens) rows.push_back(word.front());
    word_rows_ = index_tensor(rows);
  }
}

PromptTask::Prompts PromptTask::prepare(const std::vector<tasks::Example>& examples,
                                        const tasks::Tokenizer& tokenizer) {
  Prompts prompts;
  prompts.tokens =
      tasks::tokenize_prompts(examples, tokenizer, static_cast<std::size_t>(options_.max_tokens));
  for (const tasks::Example& example : examples) prompts.labels.push_back(example.label);
  truncated_ += prompts.tokens.truncated;
  return prompts;
}

Batch PromptTask::make_single(const Prompts& prompts,
                              std::span<const std::uint32_t> examples) const {
  Packing packing;
  for (std::uint32_t i : examples) {
    packing.append(prompts.tokens.prompt(i));
    packing.end_sequence();
    packing.positions.push_back(packing.offsets.back() - 1);
    packing.targets.push_back(prompts.labels[i]);
  }
  Batch batch = packing.batch();
  batch.output_rows = word_rows_;
  return batch;
}

Batch PromptTask::make_options(const Prompts& prompts,
                               std::span<const std::uint32_t> examples) const {
  OptionPacking packing;
  std::vector<std::int64_t> labels;
  for (std::uint32_t i : examples) {
    labels.push_back(prompts.labels[i]);
    packing.append_prompt(prompts.tokens.prompt(i));
    for (const std::vector<std::int32_t>& word : words_.tokens) packing.append_option(word);
  }
  Batch batch = packing.batch();
  batch.option_count = static_cast<std::int64_t>(words_.tokens.size());
  batch.labels = index_tensor(labels);
  return batch;
}

Batch PromptTask::make(const Prompts& prompts, std::span<const std::uint32_t> examples) const {
  Batch batch =
      words_.single_token ? make_single(prompts, examples) : make_options(prompts, examples);
  batch.examples = static_cast<std::int64_t>(examples.size());
  batch.weight = static_cast<double>(batch.examples);
  return batch;
}

Batch PromptTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  return make(train_, train_batches_.batch(epoch, index));
}

std::int64_t PromptTask::evaluation_batches(Split split) const {
  const auto count = static_cast<std::int64_t>(part(split).order.size());
  return (count + options_.evaluation_batch_size - 1) / options_.evaluation_batch_size;
}

Batch PromptTask::evaluation_batch(Split split, std::int64_t index) const {
  const std::vector<std::uint32_t>& order = part(split).order;
  const auto size = static_cast<std::size_t>(options_.evaluation_batch_size);
  const std::size_t first = static_cast<std::size_t>(index) * size;
  return make(part(split), std::span(order).subspan(first, std::min(size, order.size() - first)));
}

Batch PromptTask::prompts_batch(const tasks::TokenizedPrompts& prompts) const {
  Prompts unlabelled{prompts, std::vector<std::uint32_t>(prompts.size(), 0), {}};
  std::vector<std::uint32_t> all(prompts.size());
  std::iota(all.begin(), all.end(), 0u);
  return make(unlabelled, all);
}

}  // namespace trainbus
