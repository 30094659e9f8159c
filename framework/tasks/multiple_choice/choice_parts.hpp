// The parts of a dataset of texts to score, as the examples of a task: what its batches are of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/io/error.hpp"
#include "engine/task.hpp"
#include "tasks/data/evaluation_batches.hpp"
#include "tasks/data/order.hpp"
#include "tasks/multiple_choice/choice_examples.hpp"

namespace trainbus {

// Example: what the task keeps of a tasks::ChoiceExample. One thread.
template <class Example>
class ChoiceParts {
 public:
  // make(ChoiceExample, its index in the part) → Example; length(Example): tokens of its longest
  // text. options: batch_size, evaluation_batch_size, evaluation_limit, max_tokens and seed. Throws
  // UsageError for sizes below 1 and fewer than 2 tokens.
  template <class Options, class Make, class Length>
  ChoiceParts(const tasks::ChoiceDataset& dataset, const Options& options, Make&& make,
              Length&& length)
      : train_(made(dataset.train, checked(options), options.evaluation_limit, make, length)),
        validation_(made(dataset.validation, options, options.evaluation_limit, make, length)),
        test_(made(dataset.test, options, 0, make, length)),
        train_batches_(dataset.train.size(), static_cast<std::size_t>(options.batch_size),
                       options.seed) {}

  // Batches throw RunError for an index that is out of range.
  std::int64_t train_batches() const { return train_batches_.count(); }
  std::vector<const Example*> train_batch(std::uint64_t epoch, std::int64_t index) const {
    tasks::check_batch_index(index, train_batches());
    return chosen(train_, train_batches_.batch(epoch, index));
  }
  std::int64_t evaluation_batches(Split split) const { return part(split).batches.count(); }
  std::vector<const Example*> evaluation_batch(Split split, std::int64_t index) const {
    return chosen(part(split), part(split).batches.batch(index));
  }

  // Those of training, validation and test, in the order of the data.
  std::array<const std::vector<Example>*, 3> all() const {
    return {&train_.examples, &validation_.examples, &test_.examples};
  }

 private:
  struct Part {
    std::vector<Example> examples;
    tasks::EvaluationBatches batches;
  };

  template <class Options>
  static const Options& checked(const Options& options) {
    if (options.batch_size < 1 || options.evaluation_batch_size < 1 || options.max_tokens < 2)
      throw UsageError("found a batch size below 1 or fewer than 2 tokens", "the task's options",
                       "Give more.");
    return options;
  }
  template <class Options, class Make, class Length>
  static Part made(const std::vector<tasks::ChoiceExample>& given, const Options& options,
                   std::int64_t limit, Make& make, Length& length) {
    Part part;
    std::vector<std::size_t> lengths;
    for (const tasks::ChoiceExample& example : given) {
      part.examples.push_back(make(example, part.examples.size()));
      lengths.push_back(length(part.examples.back()));
    }
    part.batches = tasks::EvaluationBatches(lengths, limit, options.evaluation_batch_size);
    return part;
  }

  const Part& part(Split split) const {
    return split == Split::Train ? train_ : split == Split::Validation ? validation_ : test_;
  }
  static std::vector<const Example*> chosen(const Part& part,
                                            std::span<const std::uint32_t> indices) {
    std::vector<const Example*> examples;
    for (const std::uint32_t i : indices) examples.push_back(&part.examples[i]);
    return examples;
  }

  Part train_, validation_, test_;
  mutable tasks::EpochBatches train_batches_;
};

}  // namespace trainbus
