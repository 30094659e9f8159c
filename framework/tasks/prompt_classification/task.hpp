// Labelled rows become prompts whose next words name the class: --task prompt-classification.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct PromptClassification {
  static constexpr std::string_view name = "prompt-classification";
  static constexpr std::string_view summary =
      "labelled texts become prompts whose next word is the class";
  static constexpr std::array<std::string_view, 3> kept_options{"template", "labels", "max-tokens"};
  static constexpr bool takes_model = true;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
