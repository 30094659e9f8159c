// Question answering as batches for a decoder: the part of the task that uses LibTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/task.hpp"
#include "generation/answers.hpp"
#include "tasks/multiple_choice/choice_parts.hpp"
#include "tasks/multiple_choice/choice_tokens.hpp"
#include "tasks/question_answering/chat_answers.hpp"

namespace trainbus {

struct AnswerTaskOptions {
  std::int64_t batch_size = 16;             // examples per micro-batch
  std::int64_t evaluation_batch_size = 16;  // answers that are generated side by side
  std::int64_t evaluation_limit = 0;  // examples per evaluation, of train and validation; 0: all
  std::int64_t max_tokens = 2048;     // per text; a prompt to be answered has room for its answer
  std::uint64_t seed = 0;             // of the order of training examples
  bool ends_with_token = false;       // the end-of-text token is learnt behind each answer
  // Prompts and answers are turns, if not null: then nothing is encoded but by this.
  std::shared_ptr<const tasks::ChatAnswers> chat;
  bool generates = true;  // in evaluations
  Answering answering;
  // Judges the generated answers too, if not null.
  std::shared_ptr<const AnswerMetric> reward;
};

// The loss is the mean cross-entropy per token of the answers, and a batch weighs as many tokens
// (arXiv 2305.17333, appendix E.2). Evaluations have "loss" and, of generated answers,
// "exact_match", "f1" and the reward's name. All three are objectives too: then a training batch's
// prompts are answered.
class TRAINBUS_EXPORT AnswerTask final : public Task {
 public:
  // dataset: each example has one text, its prompt with the answer that is learnt; with `chat` the
  // answer alone. Throws
  // UsageError (see tasks/multiple_choice/choice_tokens.hpp), also for sizes below 1. Neither the
  // dataset nor encode is kept.
  AnswerTask(const tasks::ChoiceDataset& dataset, const tasks::TextEncoder& encode,
             const AnswerTaskOptions& options);

  std::int64_t batches_per_epoch() const override { return parts_.train_batches(); }
  // Batches throw RunError for an index that is out of range.
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  std::int64_t evaluation_batches(Split split) const override {
    return parts_.evaluation_batches(split);
  }
  Batch evaluation_batch(Split split, std::int64_t index) const override;
  std::vector<MetricKind> metrics() const override;
  std::vector<std::string> objectives() const override;
  std::shared_ptr<const Objective> objective(std::string_view name) const override;
  bool generates() const override { return options_.generates; }
  Evaluation evaluate(const EvaluationPass& pass) const override;
  std::vector<ResultRow> describe(const Evaluation& evaluation) const override;
  std::string identity() const override;  // SHA-256 of all tokens and references, in hexadecimal

  std::size_t cut() const { return cut_; }  // examples with a text that was cut

 private:
  struct Example {
    tasks::ScoredText text;
    AnswerPrompt prompt;
  };
  Example tokenized(const tasks::ChoiceExample& given, const tasks::TextEncoder& encode);
  Example turns(const tasks::ChoiceExample& given);
  std::int64_t room_of_prompts() const;
  std::vector<std::int32_t> prompt_ids(const tasks::ChoiceExample& given,
                                       const tasks::TextEncoder& encode);
  static Batch batch_of(std::span<const Example* const> examples);
  std::vector<const AnswerMetric*> judges() const;

  AnswerTaskOptions options_;
  std::size_t cut_ = 0;
  ChoiceParts<Example> parts_;
};

}  // namespace trainbus
