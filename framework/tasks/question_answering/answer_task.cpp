#include "tasks/question_answering/answer_task.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "core/io/sha256.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"

namespace trainbus {
namespace {

using tasks::ChoiceExample;
using tasks::ScoredText;

AnswerTaskOptions checked(const AnswerTaskOptions& options) {
  if (options.batch_size < 1 || options.evaluation_batch_size < 1 || options.max_tokens < 2)
    throw UsageError("found a batch size below 1 or fewer than 2 tokens", "the task's options",
                     "Give more.");
  return options;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

[[noreturn]] void refuse_index(std::int64_t index, std::int64_t count) {
  throw RunError(
      "batch " + std::to_string(index) + " was asked for, there are " + std::to_string(count),
      "the task's data", "");
}

}  // namespace

AnswerTask::AnswerTask(const tasks::ChoiceDataset& dataset, const tasks::TextEncoder& encode,
                       const AnswerTaskOptions& options)
    : options_(checked(options)),
      train_(prepare(dataset.train, encode, options.evaluation_limit)),
      validation_(prepare(dataset.validation, encode, options.evaluation_limit)),
      test_(prepare(dataset.test, encode, 0)),
      train_batches_(dataset.train.size(), static_cast<std::size_t>(options.batch_size),
                     options.seed) {
  options_.answering.generation.batch_size =
      std::max(options_.evaluation_batch_size, options_.batch_size);
}

AnswerTask::Examples AnswerTask::prepare(const std::vector<ChoiceExample>& given,
                                         const tasks::TextEncoder& encode, std::int64_t limit) {
  Examples part;
  for (const ChoiceExample& example : given) {
    part.examples.push_back(tokenized(example, encode));
    part.examples.back().prompt.number = static_cast<std::uint32_t>(part.examples.size() - 1);
  }
  const std::size_t count = given.size();
  const std::size_t taken = limit > 0 ? std::min(count, static_cast<std::size_t>(limit)) : count;
  for (std::size_t i = 0; i < taken; ++i)
    part.order.push_back(static_cast<std::uint32_t>(i * count / taken));
  std::ranges::stable_sort(part.order, std::greater<>(),
                           [&](std::uint32_t i) { return part.examples[i].text.ids.size(); });
  return part;
}

AnswerTask::Example AnswerTask::tokenized(const ChoiceExample& given,
                                          const tasks::TextEncoder& encode) {
  // The token that ends an answer needs room too.
  const bool ends = options_.ends_with_token;
  const auto most = static_cast<std::size_t>(options_.max_tokens) - (ends ? 1 : 0);
  tasks::ChoiceTokens tokens = tasks::tokenize_choices(given, encode, most, false);
  Example example{.text = std::move(tokens.options.front())};
  if (ends) {
    example.text.ids.push_back(*options_.answering.tokenizer->eos());
    ++example.text.scored;
  }
  cut_ += tokens.was_cut;
  example.prompt.ids = prompt_ids(given, encode);
  example.prompt.text = without_blanks(given.choices.prompt);
  example.prompt.references = given.references;
  return example;
}

std::vector<std::int32_t> AnswerTask::prompt_ids(const ChoiceExample& given,
                                                 const tasks::TextEncoder& encode) {
  std::vector<std::int32_t> ids = encode(without_blanks(given.choices.prompt));
  if (ids.empty())
    throw UsageError("the prompt of " + given.place() + " has no tokens", "--task.template",
                     "Put text before the answer.");
  const std::size_t kept = encode("").size();
  const std::int64_t room = options_.max_tokens - options_.answering.generation.max_new_tokens;
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(room, 0));
  if (ids.size() <= most) return ids;
  if (most < kept + 1)
    throw UsageError(
        "leaves no token for a prompt: a text may have " + std::to_string(options_.max_tokens),
        "--task.max-new-tokens", "Lower it, or raise --task.max-tokens.");
  ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(kept),
            ids.end() - static_cast<std::ptrdiff_t>(most - kept));
  return ids;
}

Batch AnswerTask::batch_of(std::span<const Example* const> examples) {
  std::vector<const ScoredText*> texts;
  auto prompts = std::make_shared<std::vector<AnswerPrompt>>();
  for (const Example* example : examples) {
    texts.push_back(&example->text);
    prompts->push_back(example->prompt);
  }
  Batch batch = answer_batch(texts);
  batch.prompts = std::move(prompts);
  return batch;
}

Batch AnswerTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  if (index < 0 || index >= batches_per_epoch()) refuse_index(index, batches_per_epoch());
  std::vector<const Example*> examples;
  for (const std::uint32_t i : train_batches_.batch(epoch, index))
    examples.push_back(&train_.examples[i]);
  return batch_of(examples);
}

std::int64_t AnswerTask::evaluation_batches(Split split) const {
  const auto count = static_cast<std::int64_t>(part(split).order.size());
  return (count + options_.evaluation_batch_size - 1) / options_.evaluation_batch_size;
}

std::vector<const AnswerTask::Example*> AnswerTask::chosen(Split split, std::int64_t index) const {
  if (index < 0 || index >= evaluation_batches(split))
    refuse_index(index, evaluation_batches(split));
  const Examples& examples = part(split);
  const auto size = static_cast<std::size_t>(options_.evaluation_batch_size);
  const std::size_t begin = static_cast<std::size_t>(index) * size;
  std::vector<const Example*> some;
  for (std::size_t i = begin; i < std::min(begin + size, examples.order.size()); ++i)
    some.push_back(&examples.examples[examples.order[i]]);
  return some;
}

Batch AnswerTask::evaluation_batch(Split split, std::int64_t index) const {
  return batch_of(chosen(split, index));
}

std::vector<std::string> AnswerTask::objectives() const {
  std::vector<std::string> names = {"loss"};
  for (const AnswerMetric* metric : {&exact_match_metric(), &answer_f1_metric()})
    names.push_back(metric->name());
  if (options_.reward) names.push_back(options_.reward->name());
  return names;
}

std::shared_ptr<const Objective> AnswerTask::objective(std::string_view name) const {
  if (name == "accuracy") return nullptr;
  for (const AnswerMetric* metric : judges())
    if (metric->name() == name)
      return std::make_shared<AnswerObjective>(options_.answering, *metric);
  return Task::objective(name);
}

std::string AnswerTask::identity() const {
  Sha256 digest;
  const auto add = [&](const auto& numbers) {
    digest.update(std::to_string(numbers.size()) + '\0');
    digest.update(
        {reinterpret_cast<const char*>(numbers.data()), std::as_bytes(std::span(numbers)).size()});
  };
  for (const Examples* part : {&train_, &validation_, &test_})
    for (const Example& example : part->examples) {
      add(example.text.ids);
      digest.update(std::to_string(example.text.scored) + '\0');
      add(example.prompt.ids);
      for (const std::string& reference : example.prompt.references)
        digest.update(std::to_string(reference.size()) + '\0' + reference);
    }
  return digest.finish();
}

}  // namespace trainbus
