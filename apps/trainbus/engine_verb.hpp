// Verbs that need LibTorch: resolved here, done by their half in engine/.
#pragma once

#include "core/plan/run_spec.hpp"
#include "verb.hpp"

namespace trainbus::cli {

// Plans the run and does it. half: which file of engine/, "train"; plan: what is asked, called when
// signals are watched already.
int run_in_engine(const Call& call, const char* half, RunSpec (*plan)(const Call&));

// The same for verbs that take their options as they are given: of the verb's own name.
int run_in_engine(const Call& call);

}  // namespace trainbus::cli
