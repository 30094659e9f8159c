// Rows with options of their own, of which one is right: --task multiple-choice.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct MultipleChoice {
  static constexpr std::string_view name = "multiple-choice";
  static constexpr std::string_view summary =
      "the likeliest of each row's options, whole texts of any length";
  static constexpr std::array<std::string_view, 9> kept_options{"template",
                                                                "choice-template",
                                                                "choices",
                                                                "labels",
                                                                "calibration-template",
                                                                "calibration-choice-template",
                                                                "score",
                                                                "loss",
                                                                "max-tokens"};
  static constexpr bool takes_model = true;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
