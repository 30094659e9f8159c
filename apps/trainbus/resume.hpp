// Runs that go on: the plan of an attempt, from the run's folder and what is said beside it.
#pragma once

#include "core/plan/run_spec.hpp"
#include "verbs.hpp"

namespace trainbus::cli {

// Of `resume RUN [OPTION]…`: the run as its run.json has it, with the options given. Throws
// UsageError, also for options that cannot change within a run.
RunSpec plan_resume(const Call& call);

// Of `replay RUN|JOURNAL [OPTION]…`: the run as its journal has it. Throws UsageError.
RunSpec plan_replay(const Call& call);

}  // namespace trainbus::cli
