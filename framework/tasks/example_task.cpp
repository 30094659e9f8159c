#include "tasks/example_task.hpp"

#include <algorithm>
#include <numeric>

#include "core/io/error.hpp"
#include "tasks/classification_rows.hpp"
#include "tasks/data/data_digest.hpp"

namespace trainbus {
namespace {

ExampleTaskOptions checked(const ExampleTaskOptions& options) {
  if (options.batch_size < 1 || options.evaluation_batch_size < 1 || options.max_tokens < 1)
    throw UsageError("found a batch size or a number of tokens below 1", "the task's options",
                     "Give 1 or more.");
  return options;
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
  const std::vector<std::size_t> lengths(examples.tokens.lengths.begin(),
                                         examples.tokens.lengths.end());
  examples.batches =
      tasks::EvaluationBatches(lengths, evaluation_limit, options_.evaluation_batch_size);
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
  tasks::check_batch_index(index, batches_per_epoch());
  return complete(train_, train_batches_.batch(epoch, index));
}

std::int64_t ExampleTask::evaluation_batches(Split split) const {
  return part(split).batches.count();
}

Batch ExampleTask::evaluation_batch(Split split, std::int64_t index) const {
  return complete(part(split), part(split).batches.batch(index));
}

std::vector<ResultRow> ExampleTask::describe(const Evaluation& evaluation) const {
  return classification_rows(evaluation);
}

std::string ExampleTask::identity() const {
  tasks::DataDigest digest;
  for (const Examples* examples : {&train_, &validation_, &test_}) {
    digest.add(examples->tokens.ids);
    digest.add(examples->tokens.lengths);
    digest.add(examples->labels);
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
