// Whether two signs are equal: the task of the recipe.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct Parity {
  static constexpr std::string_view name = "parity";
  static constexpr std::string_view summary = "whether two signs are equal";
  static constexpr std::array<std::string_view, 0> kept_options{};
  static constexpr bool takes_model = false;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
