// What the help of verbs that make or read a run has in common.
#pragma once

#include "verb.hpp"

namespace trainbus::cli {

// The options of the verb and of all tasks.
void print_verb_options(const Call& call);
// Of a verb that composes a run: how plugins are chosen, and the options of those that are.
void print_composition(const Call& call);

}  // namespace trainbus::cli
