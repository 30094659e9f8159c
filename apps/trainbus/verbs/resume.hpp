// The plan of an attempt that goes on with a run.
#pragma once

#include "core/plan/run_spec.hpp"
#include "verb.hpp"

namespace trainbus::cli {

// Of `resume RUN [OPTION]…`: the run as its run.json has it, with the options given. Throws
// UsageError, also for options that cannot change within a run.
RunSpec plan_resume(const Call& call);

}  // namespace trainbus::cli
