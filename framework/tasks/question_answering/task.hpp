// Prompts and their answers, written by the model: --task question-answering.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct QuestionAnswering {
  static constexpr std::string_view name = "question-answering";
  static constexpr std::string_view summary =
      "prompts and their answers: the loss is the answer's, evaluations generate";
  static constexpr std::array<std::string_view, 11> kept_options{
      "template", "chat",           "answer-template", "answer-end", "answers-column", "max-tokens",
      "generate", "max-new-tokens", "temperature",     "top-k",      "top-p"};
  static constexpr bool takes_model = true;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
