#include "tasks/question_answering/answer_task.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "tasks/data/data_digest.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"

namespace trainbus {
namespace {

using tasks::ChoiceExample;
using tasks::ScoredText;

}  // namespace

AnswerTask::AnswerTask(const tasks::ChoiceDataset& dataset, const tasks::TextEncoder& encode,
                       const AnswerTaskOptions& options)
    : options_(options),
      parts_(
          dataset, options,
          [&](const ChoiceExample& given, std::size_t number) {
            Example example = tokenized(given, encode);
            example.prompt.number = static_cast<std::uint32_t>(number);
            return example;
          },
          [](const Example& example) { return example.text.ids.size(); }) {
  options_.answering.generation.batch_size =
      std::max(options_.evaluation_batch_size, options_.batch_size);
}

AnswerTask::Example AnswerTask::tokenized(const ChoiceExample& given,
                                          const tasks::TextEncoder& encode) {
  if (options_.chat) return turns(given);
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
  example.prompt.text = tasks::trimmed_blanks(given.choices.prompt);
  example.prompt.references = given.references;
  return example;
}

AnswerTask::Example AnswerTask::turns(const ChoiceExample& given) {
  const std::string_view message = tasks::trimmed_blanks(given.choices.prompt);
  const std::string place = given.place();
  bool was_cut = false, was_prompt_cut = false;
  Example example{.text = options_.chat->text(message, given.choices.texts.front(),
                                              static_cast<std::size_t>(options_.max_tokens), place,
                                              was_cut)};
  cut_ += was_cut;
  example.prompt = {
      .ids = options_.chat->prompt(message, static_cast<std::size_t>(room_of_prompts()), place,
                                   was_prompt_cut),
      .text = std::string(message),
      .references = given.references};
  return example;
}

std::int64_t AnswerTask::room_of_prompts() const {
  return std::max<std::int64_t>(options_.max_tokens - options_.answering.generation.max_new_tokens,
                                0);
}

std::vector<std::int32_t> AnswerTask::prompt_ids(const ChoiceExample& given,
                                                 const tasks::TextEncoder& encode) {
  std::vector<std::int32_t> ids = encode(tasks::trimmed_blanks(given.choices.prompt));
  if (ids.empty())
    throw UsageError("the prompt of " + given.place() + " has no tokens", "--task.template",
                     "Put text before the answer.");
  const std::size_t kept = encode("").size();
  const auto most = static_cast<std::size_t>(room_of_prompts());
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
  return batch_of(parts_.train_batch(epoch, index));
}

Batch AnswerTask::evaluation_batch(Split split, std::int64_t index) const {
  return batch_of(parts_.evaluation_batch(split, index));
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
  tasks::DataDigest digest;
  for (const std::vector<Example>* part : parts_.all())
    for (const Example& example : *part) {
      digest.add(example.text.ids);
      digest.add_text(std::to_string(example.text.scored) + '\0');
      digest.add(example.prompt.ids);
      for (const std::string& reference : example.prompt.references)
        digest.add_text(std::to_string(reference.size()) + '\0' + reference);
    }
  return digest.finish();
}

}  // namespace trainbus
