// What the task.hpp of every task needs for its declaration; see tasks/registry.hpp.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "core/host/option.hpp"

namespace trainbus {
class TaskSetup;
struct TaskInputs;
}  // namespace trainbus
