// predict: classifies texts with a trained model.
#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "engine_entry.hpp"
#include "run/workload.hpp"
#include "tasks/data/text_file.hpp"

namespace trainbus {
namespace {

// The texts to classify, and their source.
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

std::vector<Question> questions_of(std::span<const tasks::TextLine> lines, const Texts& texts) {
  std::vector<Question> questions;
  for (const tasks::TextLine& line : lines)
    questions.push_back({line.text, texts.source, line.line});
  return questions;
}

}  // namespace

TRAINBUS_ENGINE_VERB(predict)(const RunSpec& spec, Requests& requests) {
  const Texts texts = texts_of(spec);
  const PredictorWorkload workload = load_predictor(spec);
  const bool with_text = texts.source != nullptr && texts.lines.size() > 1;
  const auto batch_size = static_cast<std::size_t>(spec.run.integer("batch-size"));
  for (std::size_t first = 0; first < texts.lines.size(); first += batch_size) {
    if (requests.stop_requested()) return engine_interrupted;
    const auto part =
        std::span(texts.lines).subspan(first, std::min(batch_size, texts.lines.size() - first));
    const std::vector<std::string> answers = workload.predictor->answer(questions_of(part, texts));
    workload.model.model->parameters().check_files();
    for (std::size_t i = 0; i < part.size(); ++i)
      std::cout << answers[i] << (with_text ? "\t" + part[i].text : "") << '\n';
  }
  return 0;
}

}  // namespace trainbus
