// Pairs of answers, of which one is better: --task preference.
#pragma once

#include "tasks/task_type.hpp"

namespace trainbus::tasks {

struct Preference {
  static constexpr std::string_view name = "preference";
  static constexpr std::string_view summary =
      "pairs of answers, one better: DPO, IPO, SimPO, without a second model";
  static constexpr std::array<std::string_view, 10> kept_options{
      "template",   "chosen", "rejected", "answer-template", "answer-end",
      "max-tokens", "loss",   "beta",     "gamma",           "label-smoothing"};
  static constexpr bool takes_model = true;
  static std::vector<Option> options();
  static std::unique_ptr<TaskSetup> setup(TaskInputs inputs);
};

}  // namespace trainbus::tasks
