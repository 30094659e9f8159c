// Texts whose every token is predicted from those before it: --task language-modeling.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct LanguageModeling {
  static constexpr std::string_view name = "language-modeling";
  static constexpr std::string_view summary =
      "texts whose every token is predicted from those before it";
  static constexpr std::array<std::string_view, 4> kept_options{"document", "block-size", "stride",
                                                                "isolate-documents"};
  static constexpr bool takes_model = true;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
