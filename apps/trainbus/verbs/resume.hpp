// The plan of an attempt that resumes a run.
#pragma once

#include <filesystem>

#include "core/plan/run_spec.hpp"
#include "verb.hpp"

namespace trainbus::cli {

// Parses `resume RUN [OPTION]…`: the run of its run.json with the given options. Throws UsageError,
// also for options that cannot change within a run.
RunSpec plan_resume(const Call& call);

// Turns the plan of a run into that of a further attempt at the run that is in this folder. Throws
// UsageError for options that cannot change within a run.
void continue_run(const std::filesystem::path& run, RunSpec& spec);

}  // namespace trainbus::cli
