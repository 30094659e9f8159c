// The options of verbs that create or read a run: groups that several verbs share, and the complete
// schemas of two kinds of verb.
#pragma once

#include <string>
#include <vector>

#include "core/plan/verb_schema.hpp"

namespace trainbus::cli {

// Upper bounds of counts.
inline constexpr double most_steps = 4294967295;     // the journal numbers steps with 32 bits
inline constexpr double most_micro_batches = 65535;  // and counts those of a step with 16

OptionGroup model_group();
// devices: the first one is the default.
OptionGroup machine_group(std::initializer_list<const char*> devices);

// For a verb that composes a run: all options of train, also in a run file.
VerbSchema training_schema();
// For a verb that works on a model and has no plugins; it ignores train's options in a run file.
// own: the verb's own options.
VerbSchema model_schema(OptionGroup own);

}  // namespace trainbus::cli
