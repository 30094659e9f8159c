// From the words of a call to a run that stands: adds what the launcher knows, the time, the rank,
// the version and the engine.
#pragma once

#include <string>

#include "core/plan/run_spec.hpp"
#include "verb.hpp"

namespace trainbus::cli {

std::string version_text();

// Optional: what is missing is no error yet, for verbs that only show a plan.
enum class Completeness { Required, Optional };

// recorded: what a run file would say, of a run that goes on. Throws UsageError or PluginError.
RunSpec plan_run(const Call& call, Completeness completeness, const RunFile* recorded = nullptr);

}  // namespace trainbus::cli
