#include "tasks/example_task.hpp"

#include <algorithm>
#include <numeric>

#include "core/io/error.hpp"
#include "core/io/sha256.hpp"
#include "tasks/classification_rows.hpp"

namespace trainbus {
namespace {

// The examples of an evaluation: all, or `limit` of them spread evenly; longest first, so that
// batches hold texts of similar length and memory peaks in the first batch.
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

ExampleTaskOptions checked(const ExampleTaskOptions& options) {
  if (options.batch_size < 1 || options.evaluation_batch_size < 1 || options.max_tokens < 1)
    throw UsageError("found a batch size or a number of tokens below 1", "the task's options",
                     "Give 1 or more.");
  return options;
}

void check_index(std::int64_t index, std::int64_t count) {
  if (index < 0 || index >= count)
    throw RunError(
        "batch " + std::to_string(index) + " was asked for, there are " + std::to_string(count),
        "the task's data", "");
}

}  // namespace

ExampleTask::ExampleTask(const tasks::Dataset& dataset, const tasks::TextEncoder& encode,
                         const ExampleTaskOptions& options)
    : options_(checked(options)),
      train_(prepare(dataset.train, encode, dataset.labels.size(), options.evaluation_limit)),
      validation_(
          prepare(dataset.validation, encode, dataset.labels.size(), options.evaluation_limit)),
      test_(prepare(dataset.test, encode, dataset.labels.size(), 0)),
      train_batches_(dataset.train.size(), static_cast<std::size_t>(options.batch_size),
                     options.seed) {}

ExampleTask::Examples ExampleTask::prepare(const std::vector<tasks::Example>& given,
                                           const tasks::TextEncoder& encode, std::size_t labels,
                                           std::int64_t evaluation_limit) {
  Examples examples;
  examples.tokens =
      tasks::tokenize_prompts(given, encode, static_cast<std::size_t>(options_.max_tokens));
  for (const tasks::Example& example : given) {
    if (example.label >= labels)
      throw UsageError("the label " + std::to_string(example.label) + " of " + example.place() +
                           " is none of " + std::to_string(labels),
                       "the task's data", "Count labels from 0.");
    examples.labels.push_back(example.label);
  }
  examples.order = evaluation_order(examples.tokens, evaluation_limit);
  truncated_ += examples.tokens.truncated;
  return examples;
}

void ExampleTask::check(std::span<const std::int32_t>, const tasks::Example&) const {}

void ExampleTask::check_all(const tasks::Dataset& dataset) const {
  const auto check_part = [&](const Examples& part, const std::vector<tasks::Example>& examples) {
    for (std::size_t i = 0; i < examples.size(); ++i) check(part.tokens.prompt(i), examples[i]);
  };
  check_part(train_, dataset.train);
  check_part(validation_, dataset.validation);
  check_part(test_, dataset.test);
}

Batch ExampleTask::complete(const Examples& examples, std::span<const std::uint32_t> chosen) const {
  if (chosen.empty())
    throw RunError("a batch without an example was asked for", "the task's data", "");
  Batch batch = make(examples, chosen);
  batch.examples = static_cast<std::int64_t>(chosen.size());
  batch.weight = static_cast<double>(batch.examples);
  return batch;
}

Batch ExampleTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  check_index(index, batches_per_epoch());
  return complete(train_, train_batches_.batch(epoch, index));
}

std::int64_t ExampleTask::evaluation_batches(Split split) const {
  const auto count = static_cast<std::int64_t>(part(split).order.size());
  return (count + options_.evaluation_batch_size - 1) / options_.evaluation_batch_size;
}

Batch ExampleTask::evaluation_batch(Split split, std::int64_t index) const {
  check_index(index, evaluation_batches(split));
  const std::vector<std::uint32_t>& order = part(split).order;
  const auto size = static_cast<std::size_t>(options_.evaluation_batch_size);
  const std::size_t first = static_cast<std::size_t>(index) * size;
  return complete(part(split),
                  std::span(order).subspan(first, std::min(size, order.size() - first)));
}

std::vector<ResultRow> ExampleTask::describe(const Evaluation& evaluation) const {
  return classification_rows(evaluation);
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

Batch ExampleTask::unlabelled_batch(std::span<const tasks::Example> examples,
                                    const tasks::TextEncoder& encode) const {
  Examples unlabelled;
  unlabelled.tokens =
      tasks::tokenize_prompts(examples, encode, static_cast<std::size_t>(options_.max_tokens));
  for (std::size_t i = 0; i < examples.size(); ++i) check(unlabelled.tokens.prompt(i), examples[i]);
  unlabelled.labels.assign(examples.size(), 0);
  std::vector<std::uint32_t> all(examples.size());
  std::iota(all.begin(), all.end(), 0u);
  return complete(unlabelled, all);
}

}  // namespace trainbus
