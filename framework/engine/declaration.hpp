// What a run declares when it begins: how many steps it takes, and which numbers it will publish.
#pragma once

#include <cstdint>

#include "core/bus/bus.hpp"
#include "core/bus/event.hpp"
#include "core/export.hpp"
#include "engine/optimizer.hpp"
#include "engine/task.hpp"

namespace trainbus {

struct TrainerOptions;

// Fills an on_train_begin. The metrics are in the order of columns: the loop's and the optimizer's,
// those of the bus's metric observers, then those of evaluations, if there are any. initial_step:
// the last step of earlier attempts.
TRAINBUS_EXPORT void declare_run(Event& train_begin, const TrainerOptions& options,
                                 const Task& task, const Optimizer& optimizer, const Bus& bus,
                                 std::uint64_t initial_step);

// Whether the run evaluates on its validation split and on its test split.
TRAINBUS_EXPORT bool evaluates_validation(const TrainerOptions& options, const Task& task);
TRAINBUS_EXPORT bool evaluates_test(const TrainerOptions& options, const Task& task);

}  // namespace trainbus
