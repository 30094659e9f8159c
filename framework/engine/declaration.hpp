// What a run declares of itself at its begin: how many steps it takes, and which numbers it will
// publish.
#pragma once

#include <cstdint>

#include "core/bus/bus.hpp"
#include "core/bus/event.hpp"
#include "core/export.hpp"
#include "engine/optimizer.hpp"
#include "engine/task.hpp"

namespace trainbus {

struct TrainerOptions;

// Fills an on_train_begin. The metrics stand in the order for columns: the loop's and the
// optimizer's, those of the metric observers on the bus, then those of evaluations, if there are
// any. initial_step: the step that the run goes on after.
TRAINBUS_EXPORT void declare_run(Event& train_begin, const TrainerOptions& options,
                                 const Task& task, const Optimizer& optimizer, const Bus& bus,
                                 std::uint64_t initial_step);

// Whether the run evaluates on its validation and on its test split.
TRAINBUS_EXPORT bool evaluates_validation(const TrainerOptions& options, const Task& task);
TRAINBUS_EXPORT bool evaluates_test(const TrainerOptions& options, const Task& task);

}  // namespace trainbus
