// The tasks as the launcher sees them: names, summaries and options, without LibTorch.
// tasks/registry.hpp lists them.
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
  // The options that are saved with a trained model, from where predict and eval read them.
  std::span<const std::string_view> kept_options;
  bool takes_model = true;  // --model; false: the task brings its own
};

// In the registry's order; the first one is the default.
TRAINBUS_EXPORT std::span<const TaskKind> task_kinds();
// Throws UsageError naming the nearest name.
TRAINBUS_EXPORT const TaskKind& find_task_kind(std::string_view name);

}  // namespace trainbus
