// trainbus predict: the class of texts, with probabilities.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "classifier.hpp"
#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "engine_entry.hpp"
#include "models/materialized_weights.hpp"
#include "subject.hpp"
#include "tasks/data/labels.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/text_file.hpp"
#include "tasks/prompt_classification/prompt_template.hpp"
#include "verbs.hpp"

namespace trainbus {
namespace {

// The texts that are asked about, and where they come from.
struct Texts {
  std::vector<tasks::TextLine> lines;
  std::shared_ptr<const std::string> source;  // null: the command line
};

tasks::TextLine text_of_option(const std::string& text) {
  if (!is_utf8(text)) throw UsageError("is not UTF-8 text", "--text", "Give it in UTF-8.");
  const std::string_view prepared = tasks::prepare_text(text);
  if (prepared.empty()) throw UsageError("has no text", "--text", "Give a text.");
  return {std::string(prepared), 1};
}

Texts texts_of(const RunSpec& spec) {
  const bool one_text = !spec.run.is_default("text");
  if (one_text && !spec.run.is_default("input"))
    throw UsageError("both --text and --input are given", "predict", "Give one of them.");
  if (one_text) return {{text_of_option(spec.run.text("text"))}, nullptr};
  const std::string& input = spec.run.text("input");
  const bool standard = input == "-";
  const std::string name = standard ? "standard input" : input;
  const std::string bytes = standard ? std::string(std::istreambuf_iterator<char>(std::cin), {})
                                     : tasks::read_bytes(input);
  return {tasks::text_lines(bytes, name), std::make_shared<const std::string>(name)};
}

// How a text is asked about, and the classes that may be answered.
struct Questions {
  tasks::PromptTemplate prompt;
  std::string text_column;
  tasks::Dataset labels_alone;
};

Questions questions_of(const Classification& classification) {
  const OptionValues& options = classification.options;
  Questions questions;
  questions.text_column = options.text("text-column");
  std::string prompt = "{text}";
  if (classification.prompts()) {
    prompt = options.text("template");
    if (prompt.empty() || options.text("labels").empty())
      throw UsageError("the model folder has no trainbus.json that says how to ask it",
                       classification.model.string(),
                       "Give --task.template and --task.labels, or a run folder.");
    questions.labels_alone.labels =
        tasks::parse_labels(options.text("labels"), tasks::place_of(options, "labels"));
  } else {
    questions.labels_alone.labels =
        tasks::parse_class_names(options.text("labels"), tasks::place_of(options, "labels"));
  }
  questions.prompt = tasks::parse_prompt_template(
      prompt, questions.text_column,
      classification.prompts() ? tasks::place_of(options, "template") : "--task.template");
  for (const auto& piece : questions.prompt.pieces)
    if (!piece.column.empty() && piece.column != questions.text_column)
      throw UsageError(
          "the template reads the column {" + piece.column + "}, predict has texts only",
          "--task.template", "Take a model whose template has {text} alone.");
  return questions;
}

// Of numbers that are none no class is the greatest.
void check_scores(const at::Tensor& scores, std::span<const tasks::Example> examples,
                  const std::filesystem::path& model) {
  const std::int64_t classes = scores.size(1);
  const float* score = scores.const_data_ptr<float>();
  for (std::size_t i = 0; i < examples.size(); ++i)
    for (std::int64_t c = 0; c < classes; ++c)
      if (!std::isfinite(*score++))
        throw RunError("the model's scores of " +
                           (examples[i].file ? examples[i].place() : "the text") +
                           " are not finite, so they name no class",
                       model.string(),
                       "Take another model: this one's numbers are NaN, infinite or too large.");
}

void print(std::span<const tasks::TextLine> lines, bool with_text,
           const std::vector<tasks::Label>& labels, const at::Tensor& probabilities) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const at::Tensor row = probabilities[static_cast<std::int64_t>(i)];
    std::cout << labels[static_cast<std::size_t>(row.argmax().item<std::int64_t>())].value;
    for (std::size_t c = 0; c < labels.size(); ++c) {
      char number[32];
      std::snprintf(number, sizeof number, "%.4f", row[static_cast<std::int64_t>(c)].item<float>());
      std::cout << '\t' << labels[c].value << '=' << number;
    }
    if (with_text) std::cout << '\t' << lines[i].text;
    std::cout << '\n';
  }
}

}  // namespace

int predict(const RunSpec& spec, Requests& requests) {
  set_threads(spec);
  if (spec.run.text("task") == "mlp")
    throw UsageError("predict needs a task with texts", "--task", "Leave it out.");
  const Classification classification = classification_of(spec);
  const Questions questions = questions_of(classification);
  const Texts texts = texts_of(spec);
  const Classifier classifier = make_classifier(spec, classification, questions.labels_alone);
  if (classifier.loaded.fresh_head)
    throw UsageError("the model has no head for classes, so it has no answers",
                     classification.model.string(),
                     "Train it first: trainbus train --task text-classification.");
  PlainWeights weights(classifier.loaded.model->parameters());
  const at::NoGradGuard no_grad;
  const auto batch_size = static_cast<std::size_t>(spec.run.integer("batch-size"));
  for (std::size_t first = 0; first < texts.lines.size(); first += batch_size) {
    if (requests.stop_requested()) return engine_interrupted;
    const auto part =
        std::span(texts.lines).subspan(first, std::min(batch_size, texts.lines.size() - first));
    std::vector<tasks::Example> examples;
    for (const tasks::TextLine& line : part) {
      examples.push_back(
          tasks::make_example(questions.prompt, questions.text_column,
                              [&](std::size_t) { return std::string_view(line.text); }));
      examples.back().line = line.line;
      examples.back().file = texts.source;
    }
    const Batch batch = classifier.task->unlabelled_batch(examples, classifier.encode);
    const at::Tensor scores =
        class_scores(classifier.loaded.model->logits(weights, batch), batch)[0].contiguous();
    check_scores(scores, examples, classification.model);
    print(part, texts.source != nullptr && texts.lines.size() > 1, questions.labels_alone.labels,
          at::softmax(scores, -1));
  }
  return 0;
}

}  // namespace trainbus
