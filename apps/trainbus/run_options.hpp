// What each verb that makes a run can be asked: the one place where run options are declared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/plan/verb_schema.hpp"

namespace trainbus::cli {

// Of train, resume, replay, describe, eval, predict and probe. Throws UsageError for another name.
const VerbSchema& verb_schema(std::string_view verb);

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
