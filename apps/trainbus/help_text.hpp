// The common parts of the help of verbs that create or read a run.
#pragma once

#include "verb.hpp"

namespace trainbus::cli {

// The options of the verb and of all tasks.
void print_verb_options(const Call& call);
// For a verb that composes a run: how to choose plugins, and the options of the chosen ones.
void print_composition(const Call& call);

}  // namespace trainbus::cli
