// What each verb that makes a run can be asked: the one place where run options are declared.
#pragma once

#include <string>
#include <string_view>

#include "core/plan/verb_schema.hpp"

namespace trainbus::cli {

// Of train, resume, replay, describe, eval, predict and probe. Throws UsageError for another name.
const VerbSchema& verb_schema(std::string_view verb);

// Sets defaults that depend on other values. time: names a run that was not named.
void derive_defaults(OptionValues& run, const std::string& time);

// Throws UsageError for values that cannot be together.
void check_together(const OptionValues& run);

}  // namespace trainbus::cli
