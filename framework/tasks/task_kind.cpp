#include "tasks/task_kind.hpp"

#include <array>
#include <string>

#include "core/io/error.hpp"
#include "tasks/registry.hpp"

namespace trainbus {
namespace {

template <class... Task>
constexpr auto kinds_of(tasks::List<Task...>) {
  return std::array{TaskKind{.name = Task::name,
                             .summary = Task::summary,
                             .options = Task::options,
                             .kept_options = Task::kept_options,
                             .takes_model = Task::takes_model}...};
}

constexpr auto kinds = kinds_of(tasks::All{});

}  // namespace

std::span<const TaskKind> task_kinds() { return kinds; }

const TaskKind& find_task_kind(std::string_view name) {
  std::vector<std::string> names;
  for (const TaskKind& kind : kinds) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  std::string known;
  for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
  const std::string nearest = did_you_mean(std::string(name), names);
  throw UsageError("there is no task '" + std::string(name) + "'", "--task",
                   nearest.empty() ? "Give one of: " + known + "." : nearest);
}

}  // namespace trainbus
