// Labelled texts for an encoder with a classification head: --task text-classification.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct TextClassification {
  static constexpr std::string_view name = "text-classification";
  static constexpr std::string_view summary =
      "labelled texts for an encoder with a classification head";
  static constexpr std::array<std::string_view, 2> kept_options{"labels", "max-tokens"};
  static constexpr bool takes_model = true;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
