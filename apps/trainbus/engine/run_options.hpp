// A run's options as what the trainer takes: of the leader and of workers alike.
#pragma once

#include <cstdint>

#include "core/plan/run_spec.hpp"
#include "engine/schedule.hpp"
#include "engine/task.hpp"
#include "engine/trainer.hpp"
#include "run/workload.hpp"

namespace trainbus {

// Optimizer steps, by --max-steps and --epochs.
std::uint64_t steps_of(const RunSpec& spec, const Task& task);
Schedule schedule_of(const RunSpec& spec, double lr, std::uint64_t steps);
// What --objective names. Throws UsageError if the task does not have it.
std::shared_ptr<const Objective> objective_of(const RunSpec& spec, const Task& task);
// Throws as objective_of.
TrainerOptions trainer_options(const RunSpec& spec, std::uint64_t steps, const Task& task);
// The resolved options of the run; those of the task are completed from the model's folder.
RunSpec resolved(RunSpec spec, const Workload& workload);
// Where --threads leaves it open, the processes of this machine share its cores.
void share_cores(const RunSpec& spec);

}  // namespace trainbus
