// Runs of several processes, as the launcher sees them: this process's place, and the plan of one
// that gets the run from its leader.
#pragma once

#include "core/host/option.hpp"
#include "core/plan/run_spec.hpp"
#include "core/ranks/place.hpp"
#include "verb.hpp"

namespace trainbus::cli {

// By the options, and where they say nothing, by the environment. Throws UsageError.
ranks::Place place_of_run(const OptionValues& run);

// The same for a call whose other options cannot be resolved yet. Throws UsageError.
ranks::Place place_of_call(const Call& call);

// The plan of a worker that gets the run from its leader; the call's options count on top of that:
// the paths of model and data on this machine, threads, and the like.
RunSpec plan_worker(const Call& call, ranks::Place place);

}  // namespace trainbus::cli
