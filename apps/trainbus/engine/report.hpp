// What a person reads before and after a run.
#pragma once

#include <filesystem>
#include <ostream>

#include "core/bus.hpp"
#include "core/run_spec.hpp"
#include "engine/trainer.hpp"
#include "subject.hpp"

namespace trainbus {

// Before the first step: data, model, plan. To the log.
void announce(const RunSpec& spec, const Subject& subject, std::uint64_t steps);
// What each observer cost, and who was quarantined. To the log.
void report_observers(const Bus& bus);
// Accuracy before and after, steps, time, the run folder.
void report_result(const TrainResult& result, const std::filesystem::path& folder,
                   std::ostream& out);

}  // namespace trainbus
