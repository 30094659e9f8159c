// What a person reads before and after a run.
#pragma once

#include <filesystem>
#include <ostream>

#include "core/bus/bus.hpp"
#include "core/plan/run_spec.hpp"
#include "engine/trainer.hpp"
#include "run/training_run.hpp"
#include "run/workload.hpp"

namespace trainbus {

// Before the first step: data, model, plan. To the log.
void announce(const RunSpec& spec, const Workload& workload, std::uint64_t steps);
// Where a resumed run goes on, and what is another now.
void announce_resume(const Continuation& continuation);
// What a kill would lose, for optimizers whose steps the journal cannot bring back.
void warn_of_losses(const RunSpec& spec, const Optimizer& optimizer, const Parameters& parameters);
// What each observer cost, and who was quarantined. To the log.
void report_observers(const Bus& bus);
// Steps, time, the test split's metrics before and after, the run folder; last what makes the run
// no success.
void report_result(const TrainResult& result, const std::filesystem::path& folder,
                   std::ostream& out);

}  // namespace trainbus
