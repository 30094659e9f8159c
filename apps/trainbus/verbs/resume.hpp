// The plan of an attempt that resumes a run.
#pragma once

#include "core/plan/run_spec.hpp"
#include "verb.hpp"

namespace trainbus::cli {

// Parses `resume RUN [OPTION]…`: the run of its run.json with the given options. Throws UsageError,
// also for options that cannot change within a run.
RunSpec plan_resume(const Call& call);

}  // namespace trainbus::cli
