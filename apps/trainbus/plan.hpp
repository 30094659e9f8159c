// From the words of a call to a run that stands: adds what the launcher knows, the time, the rank,
// the version and the engine.
#pragma once

#include <string>

#include "core/run_spec.hpp"
#include "verbs.hpp"

namespace trainbus::cli {

std::string version_text();

// Optional: what is missing is no error yet, for verbs that only show a plan.
enum class Completeness { Required, Optional };

// Throws UsageError or PluginError.
RunSpec plan_run(const Call& call, Completeness completeness);

}  // namespace trainbus::cli
