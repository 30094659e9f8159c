// The messages to the user before and after a run.
#pragma once

#include <filesystem>
#include <ostream>

#include "core/bus/bus.hpp"
#include "core/plan/run_spec.hpp"
#include "engine/trainer.hpp"
#include "run/training_run.hpp"
#include "run/workload.hpp"

namespace trainbus {

// Logs data, model and plan before the first step.
void announce(const RunSpec& spec, const Workload& workload, std::uint64_t steps);
// Logs where a resumed run continues, and which options changed.
void announce_resume(const Continuation& continuation);
// Logs what a kill would lose, for optimizers whose steps cannot be replayed from the journal.
void warn_of_losses(const RunSpec& spec, const Optimizer& optimizer, const Parameters& parameters);
// Logs the cost of each observer, and which were quarantined.
void report_observers(const Bus& bus);
// Prints steps, time, the test split's metrics before and after, the run folder, and last the
// reasons why the run failed, if any.
void report_result(const TrainResult& result, const std::filesystem::path& folder,
                   std::ostream& out);

}  // namespace trainbus
