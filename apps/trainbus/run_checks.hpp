// What the values of a run's options come to together: defaults that depend on others, and what
// cannot be.
#pragma once

#include <string>
#include <vector>

#include "core/host/option.hpp"

namespace trainbus::cli {

// Sets defaults that depend on other values. time: names a run that was not named.
void derive_defaults(OptionValues& run, const std::string& time);

// Throws UsageError if the run's name could not name a folder. recorded: of a run that goes on, so
// that only what is typed now is looked at.
void check_name(const OptionValues& run, bool recorded);

// Throws UsageError for values that cannot be together. recorded: of a run that goes on.
void check_together(const OptionValues& run, bool recorded);

// One sentence for each option that was given and changes nothing beside the others.
std::vector<std::string> options_without_effect(const OptionValues& run);

}  // namespace trainbus::cli
