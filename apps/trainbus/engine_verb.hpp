// Verbs that need LibTorch: planned here, executed by their part in engine/.
#pragma once

#include "core/plan/run_spec.hpp"
#include "verb.hpp"

namespace trainbus::cli {

// Plans and executes the run. half: the file of engine/, "train"; plan: called after signal
// handling has started.
int run_in_engine(const Call& call, const char* half, RunSpec (*plan)(const Call&));

// The same for verbs that use their options as given; half is the verb's name.
int run_in_engine(const Call& call);

}  // namespace trainbus::cli
