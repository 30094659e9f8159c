// The synthetic task, with its own model: --task mlp.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct SyntheticMlp {
  static constexpr std::string_view name = "mlp";
  static constexpr std::string_view summary =
      "synthetic points and a small network, to try things out";
  static constexpr std::array<std::string_view, 0> kept_options{};
  static constexpr bool takes_model = false;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
