// Checks of a run's options together: defaults that depend on other options, and contradictions.
#pragma once

#include <string>
#include <vector>

#include "core/host/option.hpp"

namespace trainbus::cli {

// Sets defaults that depend on other values. time: the name of a run without one.
void derive_defaults(OptionValues& run, const std::string& time);

// Throws UsageError if the run's name is not valid as a folder's. recorded: the run is resumed, so
// only the command line is checked.
void check_name(const OptionValues& run, bool recorded);

// Throws UsageError for contradictory values. recorded: the run is resumed.
void check_together(const OptionValues& run, bool recorded);

// One sentence for each given option that has no effect because of others.
std::vector<std::string> options_without_effect(const OptionValues& run);

}  // namespace trainbus::cli
