// The verbs that need the engine. Each returns an exit code; see engine_entry.hpp.
#pragma once

#include "core/io/requests.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

int train(const RunSpec& spec, Requests& requests);  // and resume
int replay(const RunSpec& spec, Requests& requests);
int eval(const RunSpec& spec, Requests& requests);
int probe(const RunSpec& spec, Requests& requests);
int predict(const RunSpec& spec, Requests& requests);

}  // namespace trainbus
