#include "tasks/task_setup.hpp"

#include <utility>

#include "tasks/registry.hpp"
#include "tasks/task_kind.hpp"

namespace trainbus {
namespace {

template <class... Task>
std::unique_ptr<TaskSetup> set_up(tasks::List<Task...>, std::string_view name, TaskInputs& inputs) {
  std::unique_ptr<TaskSetup> setup;
  ((Task::name == name && (setup = Task::setup(std::move(inputs)), true)) || ...);
  return setup;
}

}  // namespace

Predictor::~Predictor() = default;
TaskSetup::~TaskSetup() = default;

std::unique_ptr<Predictor> TaskSetup::make_predictor(const TaskModel&) { return nullptr; }

std::unique_ptr<TaskSetup> set_up_task(std::string_view task, TaskInputs inputs) {
  return set_up(tasks::All{}, find_task_kind(task).name, inputs);
}

}  // namespace trainbus
