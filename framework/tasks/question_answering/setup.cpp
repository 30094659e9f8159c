// Sets up question answering: a decoder, and the rows' prompts and answers as its tokens.
#include <algorithm>
#include <set>

#include "core/io/error.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/example_setup.hpp"
#include "tasks/multiple_choice/choice_setup.hpp"
#include "tasks/question_answering/answer_options.hpp"
#include "tasks/question_answering/answer_task.hpp"
#include "tasks/question_answering/task.hpp"
#include "text/unicode.hpp"

namespace trainbus::tasks {
namespace {

GenerationOptions generation_options(const OptionValues& values, const PretrainedModel& model,
                                     const Tokenizer& tokenizer, std::uint64_t seed) {
  GenerationOptions options;
  options.max_new_tokens = values.integer("max-new-tokens");
  options.sampling = {values.real("temperature"), values.integer("top-k"), values.real("top-p")};
  options.seed = seed;
  options.stop_tokens = stop_tokens_of(model, tokenizer);
  if (values.text("answer-end") == "line" && !values.flag("chat")) options.stop_texts = {"\n"};
  return options;
}

// The columns that the template names.
std::set<std::string> columns_of(const PromptTemplate& form) {
  std::set<std::string> columns;
  for (const PromptTemplate::Piece& piece : form.pieces)
    if (!piece.column.empty()) columns.insert(piece.column);
  return columns;
}

// Answers questions: texts that take the place of the template's one column.
class AnswerPredictor final : public Predictor {
 public:
  AnswerPredictor(const PretrainedModel& model, const Tokenizer& tokenizer, PromptTemplate form,
                  std::shared_ptr<const ChatAnswers> chat, GenerationOptions options,
                  std::int64_t max_tokens)
      : model_(model),
        tokenizer_(tokenizer),
        form_(std::move(form)),
        chat_(std::move(chat)),
        options_(std::move(options)),
        most_(max_tokens - options_.max_new_tokens) {}

  std::vector<std::string> answer(std::span<const Question> questions) override {
    std::vector<std::vector<std::int32_t>> prompts;
    for (const Question& question : questions) prompts.push_back(prompt_of(question));
    options_.batch_size = static_cast<std::int64_t>(std::max<std::size_t>(questions.size(), 1));
    PlainWeights weights(model_.parameters());
    std::vector<std::string> answers;
    for (const Generated& each : generate(model_, weights, &tokenizer_, prompts, options_))
      answers.push_back(one_line(unicode::stripped(each.text)));
    return answers;
  }

 private:
  std::vector<std::int32_t> prompt_of(const Question& question) const {
    const RowPlace place{question.file.get(), question.line};
    std::string text;
    for (const PromptTemplate::Piece& piece : form_.pieces)
      text +=
          piece.column.empty() ? piece.literal : filtered(question.text, piece.filters, {}, place);
    const std::string prompt(trimmed_blanks(text));
    bool never = false;
    std::vector<std::int32_t> ids = chat_ ? chat_->prompt(prompt, SIZE_MAX, place.text(), never)
                                          : tokenizer_.encode_beginning(prompt);
    if (static_cast<std::int64_t>(ids.size()) > most_)
      throw UsageError("the prompt has " + std::to_string(ids.size()) +
                           " tokens, expected at most " + std::to_string(most_) +
                           ", so that the answer has room",
                       place.text(), "Give a shorter text, or a smaller --task.max-new-tokens.");
    return ids;
  }

  const PretrainedModel& model_;
  const Tokenizer& tokenizer_;
  PromptTemplate form_;
  std::shared_ptr<const ChatAnswers> chat_;  // null: prompts as they are
  GenerationOptions options_;
  std::int64_t most_;
};

class AnswerSetup final : public ContinuationSetup {
 public:
  using ContinuationSetup::ContinuationSetup;

  TaskModel load_model() override {
    TaskModel model = ContinuationSetup::load_model();
    if (ends_with_token() && !model.tokenizer->eos())
      throw UsageError("the model's tokenizer has no end-of-text token", "--task.answer-end",
                       "Give --task.answer-end line.");
    return model;
  }

  std::unique_ptr<Task> make_task(const TaskModel& model) override {
    const auto& pretrained = dynamic_cast<const PretrainedModel&>(*model.model);
    const Tokenizer& tokenizer = *model.tokenizer;
    AnswerTaskOptions task;
    task.batch_size = inputs_.batch_size;
    task.evaluation_limit = inputs_.evaluation_limit;
    task.max_tokens = settle_max_tokens(model);
    task.seed = inputs_.seed;
    task.chat = chat_of(pretrained, tokenizer);
    task.ends_with_token = ends_with_token();
    task.generates = options().flag("generate");
    task.answering = {&tokenizer,
                      generation_options(options(), pretrained, tokenizer, inputs_.seed)};
    if (task.chat) task.answering.generation.stop_tokens = task.chat->stop_tokens();
    task.answering.generation.log_probabilities = inputs_.reward != nullptr;
    task.reward = inputs_.reward;
    auto made = std::make_unique<AnswerTask>(dataset(), encoder_of(model), task);
    report_cut(made->cut(), task.chat ? "at the beginning of the message" : "on the left");
    return made;
  }

  bool can_predict() const override {
    const std::set<std::string> columns = columns_of(form());
    if (columns.size() == 1) return true;
    throw UsageError("has " + counted(columns.size(), "column") +
                         ", and a text to predict for takes the place of one",
                     "--task.template", "Use trainbus generate with whole prompts.");
  }

  std::unique_ptr<Predictor> make_predictor(const TaskModel& model) override {
    const auto& pretrained = dynamic_cast<const PretrainedModel&>(*model.model);
    GenerationOptions generation =
        generation_options(options(), pretrained, *model.tokenizer, inputs_.seed);
    const std::shared_ptr<const ChatAnswers> chat = chat_of(pretrained, *model.tokenizer);
    if (chat) generation.stop_tokens = chat->stop_tokens();
    return std::make_unique<AnswerPredictor>(pretrained, *model.tokenizer, form(), chat,
                                             std::move(generation),
                                             max_tokens_of(options(), pretrained.positions()));
  }

 protected:
  ChoiceOptions data_options() const override { return answer_options(options()); }
  Words refusal_of_encoders() const override {
    return {"answers are continuations", "Take a decoder."};
  }

 private:
  bool ends_with_token() const {
    return options().text("answer-end") == "token" && !options().flag("chat");
  }
  std::shared_ptr<const ChatAnswers> chat_of(const PretrainedModel& model,
                                             const Tokenizer& tokenizer) const {
    if (!options().flag("chat")) return nullptr;
    return std::make_shared<ChatAnswers>(tokenizer, stop_tokens_of(model, tokenizer));
  }
  PromptTemplate form() const {
    return parse_template(options().text("template"), "--task.template");
  }
};

}  // namespace

std::unique_ptr<TaskSetup> QuestionAnswering::setup(TaskInputs inputs) {
  return std::make_unique<AnswerSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
