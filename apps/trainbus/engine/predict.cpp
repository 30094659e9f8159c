// trainbus predict: the class of texts, with probabilities.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/softmax.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include "classifier.hpp"
#include "core/io/error.hpp"
#include "engine_entry.hpp"
#include "models/materialized_weights.hpp"
#include "subject.hpp"
#include "tasks/data/labels.hpp"
#include "tasks/prompt_classification/prompt_template.hpp"
#include "verbs.hpp"

namespace trainbus {
namespace {

std::vector<std::string> read_lines(const std::string& input) {
  std::ifstream file;
  if (input != "-") {
    file.open(input, std::ios::binary);
    if (!file)
      throw UsageError("cannot be read", input,
                       "Give --input a file with one text a line, or --text.");
  }
  std::istream& in = input == "-" ? std::cin : file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

std::vector<std::string> texts_of(const RunSpec& spec) {
  if (const std::string& text = spec.run.text("text"); !text.empty()) return {text};
  return read_lines(spec.run.text("input"));
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
    questions.labels_alone.labels = tasks::parse_labels(options.text("labels"));
  } else {
    questions.labels_alone.labels = tasks::parse_class_names(options.text("labels"));
  }
  questions.prompt = tasks::parse_prompt_template(prompt, questions.text_column);
  return questions;
}

tasks::Example example_of(const Questions& questions, const std::string& text) {
  tasks::Example example;
  for (const auto& piece : questions.prompt.pieces) {
    if (piece.column.empty()) {
      example.prompt += piece.literal;
      continue;
    }
    if (piece.column != questions.text_column)
      throw UsageError(
          "the template reads the column {" + piece.column + "}, predict has texts only",
          "--task.template", "Take a model whose template has {text} alone.");
    example.text_begin = example.prompt.size();
    example.text_size = text.size();
    example.prompt += text;
  }
  return example;
}

void print(const std::vector<std::string>& texts, const tasks::Dataset& dataset,
           const at::Tensor& probabilities) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const at::Tensor row = probabilities[static_cast<std::int64_t>(i)];
    std::cout << dataset.labels[static_cast<std::size_t>(row.argmax().item<std::int64_t>())].value;
    for (std::size_t c = 0; c < dataset.labels.size(); ++c) {
      char number[32];
      std::snprintf(number, sizeof number, "%.4f", row[static_cast<std::int64_t>(c)].item<float>());
      std::cout << '\t' << dataset.labels[c].value << '=' << number;
    }
    if (texts.size() > 1) std::cout << '\t' << texts[i];
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
  const Classifier classifier = make_classifier(spec, classification, questions.labels_alone);
  if (classifier.loaded.fresh_head)
    throw UsageError("the model has no head for classes, so it has no answers",
                     classification.model.string(),
                     "Train it first: trainbus train --task text-classification.");
  PlainWeights weights(classifier.loaded.model->parameters());
  const at::NoGradGuard no_grad;
  const std::vector<std::string> texts = texts_of(spec);
  const auto batch_size = static_cast<std::size_t>(spec.run.integer("batch-size"));
  for (std::size_t first = 0; first < texts.size(); first += batch_size) {
    if (requests.stop_requested()) return engine_interrupted;
    const std::vector<std::string> part(
        texts.begin() + static_cast<std::ptrdiff_t>(first),
        texts.begin() + static_cast<std::ptrdiff_t>(std::min(first + batch_size, texts.size())));
    std::vector<tasks::Example> examples;
    for (const std::string& text : part) examples.push_back(example_of(questions, text));
    const Batch batch = classifier.task->unlabelled_batch(tasks::tokenize_prompts(
        examples, classifier.tokenizer, static_cast<std::size_t>(classifier.max_tokens)));
    const at::Tensor scores =
        class_scores(classifier.loaded.model->logits(weights, batch), batch)[0];
    print(part, questions.labels_alone, at::softmax(scores, -1));
  }
  return 0;
}

}  // namespace trainbus
