#include "tasks/example_setup.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/families/registry.hpp"
#include "models/weights/materialized_weights.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus {
namespace {

const PretrainedModel& pretrained(const TaskModel& model) {
  return dynamic_cast<const PretrainedModel&>(*model.model);
}

// A masked language model reads whole texts, a decoder continues the beginning of one.
tasks::TextEncoder encoder_of(const TaskModel& model) {
  const Tokenizer& tokenizer = *model.tokenizer;
  if (reads_whole_texts(model))
    return [&](std::string_view text) { return tokenizer.encode_whole(text); };
  return [&](std::string_view text) { return tokenizer.encode_beginning(text); };
}

// NaN or infinite scores have no greatest class.
void check_scores(const at::Tensor& scores, std::span<const Question> questions,
                  const std::filesystem::path& model) {
  const std::int64_t classes = scores.size(1);
  const float* score = scores.const_data_ptr<float>();
  for (const Question& question : questions)
    for (std::int64_t c = 0; c < classes; ++c)
      if (!std::isfinite(*score++))
        throw RunError(
            "the model's scores of " +
                (question.file ? tasks::at_line(*question.file, question.line) : "the text") +
                " are not finite, so no class can be predicted",
            model.string(),
            "Take another model: this one's numbers are NaN, infinite or too large.");
}

// "fresh\trotten=0.1034\tfresh=0.8966"
std::string answer_of(const at::Tensor& probabilities, const std::vector<tasks::Label>& labels) {
  std::string line =
      labels[static_cast<std::size_t>(probabilities.argmax().item<std::int64_t>())].value;
  for (std::size_t c = 0; c < labels.size(); ++c) {
    char number[32];
    std::snprintf(number, sizeof number, "%.4f",
                  probabilities[static_cast<std::int64_t>(c)].item<float>());
    line += '\t' + labels[c].value + '=' + number;
  }
  return line;
}

// Predicts the class of each text, with the probabilities of all classes.
class ClassPredictor final : public Predictor {
 public:
  ClassPredictor(const TaskModel& model, std::unique_ptr<ExampleTask> task,
                 tasks::PromptTemplate prompt, std::string text_column,
                 std::vector<tasks::Label> labels, std::filesystem::path path)
      : model_(*model.model),
        weights_(model.model->parameters()),
        encode_(encoder_of(model)),
        task_(std::move(task)),
        prompt_(std::move(prompt)),
        text_column_(std::move(text_column)),
        labels_(std::move(labels)),
        path_(std::move(path)) {}

  std::vector<std::string> answer(std::span<const Question> questions) override {
    std::vector<tasks::Example> examples;
    for (const Question& question : questions) {
      examples.push_back(
          tasks::make_example(prompt_, text_column_, [&](std::size_t) { return question.text; }));
      examples.back().file = question.file;
      examples.back().line = question.line;
    }
    const at::NoGradGuard no_grad;
    const Batch batch = task_->unlabelled_batch(examples, encode_);
    const at::Tensor scores = class_scores(model_.logits(weights_, batch), batch)[0].contiguous();
    check_scores(scores, questions, path_);
    const at::Tensor probabilities = at::softmax(scores, -1);
    std::vector<std::string> answers;
    for (std::size_t i = 0; i < questions.size(); ++i)
      answers.push_back(answer_of(probabilities[static_cast<std::int64_t>(i)], labels_));
    return answers;
  }

 private:
  const Model& model_;
  PlainWeights weights_;
  tasks::TextEncoder encode_;
  std::unique_ptr<ExampleTask> task_;
  tasks::PromptTemplate prompt_;
  std::string text_column_;
  std::vector<tasks::Label> labels_;
  std::filesystem::path path_;
};

}  // namespace

std::int64_t max_tokens_of(const OptionValues& options, std::int64_t positions) {
  const std::int64_t asked = options.integer("max-tokens");
  if (options.is_default("max-tokens")) return std::min(asked, positions);
  if (asked > positions)
    throw UsageError("is " + std::to_string(asked) + ", the model has " +
                         std::to_string(positions) + " positions",
                     "--task.max-tokens", "Give at most that many.");
  return asked;
}

bool reads_whole_texts(const TaskModel& model) {
  const ModelFamily* family = find_model_family(model.model->family());
  return family && family->kind == ModelKind::MaskedEncoder;
}

void ExampleTaskSetup::load_data(bool for_training) {
  dataset_ = tasks::load_prompt_classification(data_options());
  if (for_training)
    if (const std::string missing = tasks::check_training_labels(*dataset_); !missing.empty())
      log::warning(missing);
  summary_ = tasks::summary(*dataset_);
}

std::vector<tasks::Label> ExampleTaskSetup::labels() const {
  return dataset_ ? dataset_->labels : named_labels();
}

ExampleTaskOptions ExampleTaskSetup::task_options(const TaskModel& model) const {
  ExampleTaskOptions options;
  options.batch_size = inputs_.batch_size;
  options.evaluation_limit = inputs_.evaluation_limit;
  options.positions = pretrained(model).positions();
  options.max_tokens = max_tokens_of(inputs_.options, options.positions);
  options.seed = inputs_.seed;
  return options;
}

std::unique_ptr<Task> ExampleTaskSetup::make_task(const TaskModel& model) {
  tasks::Dataset none;
  if (!dataset_) none.labels = named_labels();
  std::unique_ptr<ExampleTask> task =
      make(dataset_ ? *dataset_ : none, model, encoder_of(model), task_options(model));
  const std::string max_tokens = std::to_string(task->max_tokens());
  if (const std::size_t count = task->truncated(); count > 0)
    summary_ += tasks::counted(count, data_options().words ? "prompt" : "text") +
                (count == 1 ? " was" : " were") + " cut to " + max_tokens +
                " tokens at the end of " + (count == 1 ? "its" : "their") + " text\n";
  set_option("max-tokens", max_tokens, "the model");
  return task;
}

tasks::PromptTemplate ExampleTaskSetup::question_template() const {
  const tasks::PromptClassificationOptions options = data_options();
  tasks::PromptTemplate prompt = tasks::parse_prompt_template(
      options.prompt_template, options.text_column, options.template_place);
  for (const auto& piece : prompt.pieces)
    if (!piece.column.empty() && piece.column != options.text_column)
      throw UsageError(
          "the template reads the column {" + piece.column + "}, predict has texts only",
          "--task.template", "Take a model whose template has {text} alone.");
  return prompt;
}

bool ExampleTaskSetup::can_predict() const {
  question_template();
  named_labels();
  return true;
}

std::unique_ptr<Predictor> ExampleTaskSetup::make_predictor(const TaskModel& model) {
  tasks::Dataset none;
  none.labels = named_labels();
  return std::make_unique<ClassPredictor>(
      model, make(none, model, encoder_of(model), task_options(model)), question_template(),
      data_options().text_column, none.labels, inputs_.model);
}

}  // namespace trainbus
