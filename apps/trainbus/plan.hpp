// Resolves a command line to a run, with what the launcher knows: the time, the rank, the version
// and the engine.
#pragma once

#include <string>

#include "core/plan/run_spec.hpp"
#include "verb.hpp"

namespace trainbus::cli {

std::string version_text();

// Optional: missing values are no error, for verbs that only show a plan.
enum class Completeness { Required, Optional };

// recorded: the options of a run to resume, in a run file's form. Throws UsageError or PluginError.
RunSpec plan_run(const Call& call, Completeness completeness, const RunFile* recorded = nullptr);

// For a verb that makes no run and has no plugins: its options as given. Throws UsageError.
RunSpec plan_options(const Call& call);

}  // namespace trainbus::cli
