// The tasks that a run can be asked for, as a launcher sees them: names, words and options, without
// LibTorch. Which they are says tasks/registry.hpp.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus {

struct TaskKind {
  std::string_view name;             // --task NAME
  std::string_view summary;          // one line of help, without a full stop
  std::vector<Option> (*options)();  // --task.OPTION
  // Those of the options that go with a trained model: they are saved beside it, and what asks the
  // model later takes them from there.
  std::span<const std::string_view> kept_options;
  bool takes_model = true;  // --model; false: the task brings its own
};

// In the registry's order; the first one is the default.
TRAINBUS_EXPORT std::span<const TaskKind> task_kinds();
// Throws UsageError naming the nearest.
TRAINBUS_EXPORT const TaskKind& find_task_kind(std::string_view name);

}  // namespace trainbus
