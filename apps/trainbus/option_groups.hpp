// What the verbs that make or read a run can be asked: groups of options that several share, and
// the whole of two kinds of verb.
#pragma once

#include <string>
#include <vector>

#include "core/plan/verb_schema.hpp"

namespace trainbus::cli {

// Wherever something is counted.
inline constexpr double most_steps = 4294967295;     // the journal numbers steps with 32 bits
inline constexpr double most_micro_batches = 65535;  // and counts those of a step with 16

OptionGroup model_group();
// devices: the first one is the default.
OptionGroup machine_group(std::initializer_list<const char*> devices);

// Of a verb that composes a run: all that train can be asked, in a run file as well.
VerbSchema training_schema();
// Of a verb that works on a model and composes no plugins; it passes over what a run file says to
// train. own: its own options.
VerbSchema model_schema(OptionGroup own);

}  // namespace trainbus::cli
