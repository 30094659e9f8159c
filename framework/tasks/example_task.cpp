#include "tasks/example_task.hpp"

#include <algorithm>
#include <numeric>

#include "core/io/sha256.hpp"

namespace trainbus {
namespace {

// Which examples an evaluation takes: all, or `limit` of them spread evenly; longest first, so that
// batches hold texts of like length and the peak of memory comes at once.
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

ExampleTask::ExampleTask(const tasks::Dataset& dataset, const tasks::Tokenizer& tokenizer,
                         const ExampleTaskOptions& options)
    : options_(options),
      train_(prepare(dataset.train, tokenizer, options.evaluation_limit)),
      validation_(prepare(dataset.validation, tokenizer, options.evaluation_limit)),
      test_(prepare(dataset.test, tokenizer, 0)),
      train_batches_(dataset.train.size(), static_cast<std::size_t>(options.batch_size),
                     options.seed) {}

ExampleTask::Examples ExampleTask::prepare(const std::vector<tasks::Example>& given,
                                           const tasks::Tokenizer& tokenizer,
                                           std::int64_t evaluation_limit) {
  Examples examples;
  examples.tokens =
      tasks::tokenize_prompts(given, tokenizer, static_cast<std::size_t>(options_.max_tokens));
  for (const tasks::Example& example : given) examples.labels.push_back(example.label);
  examples.order = evaluation_order(examples.tokens, evaluation_limit);
  truncated_ += examples.tokens.truncated;
  return examples;
}

Batch ExampleTask::complete(const Examples& examples, std::span<const std::uint32_t> chosen) const {
  Batch batch = make(examples, chosen);
  batch.examples = static_cast<std::int64_t>(chosen.size());
  batch.weight = static_cast<double>(batch.examples);
  return batch;
}

Batch ExampleTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  return complete(train_, train_batches_.batch(epoch, index));
}

std::int64_t ExampleTask::evaluation_batches(Split split) const {
  const auto count = static_cast<std::int64_t>(part(split).order.size());
  return (count + options_.evaluation_batch_size - 1) / options_.evaluation_batch_size;
}

Batch ExampleTask::evaluation_batch(Split split, std::int64_t index) const {
  const std::vector<std::uint32_t>& order = part(split).order;
  const auto size = static_cast<std::size_t>(options_.evaluation_batch_size);
  const std::size_t first = static_cast<std::size_t>(index) * size;
  return complete(part(split),
                  std::span(order).subspan(first, std::min(size, order.size() - first)));
}

std::string ExampleTask::identity() const {
  Sha256 digest;
  const auto add = [&](const auto& numbers) {
    digest.update(std::to_string(numbers.size()) + '\0');
    digest.update(
        {reinterpret_cast<const char*>(numbers.data()), std::as_bytes(std::span(numbers)).size()});
  };
  for (const Examples* examples : {&train_, &validation_, &test_}) {
    add(examples->tokens.ids);
    add(examples->tokens.lengths);
    add(examples->labels);
  }
  return digest.finish();
}

Batch ExampleTask::unlabelled_batch(const tasks::TokenizedPrompts& prompts) const {
  const Examples unlabelled{prompts, std::vector<std::uint32_t>(prompts.size(), 0), {}};
  std::vector<std::uint32_t> all(prompts.size());
  std::iota(all.begin(), all.end(), 0u);
  return complete(unlabelled, all);
}

}  // namespace trainbus
