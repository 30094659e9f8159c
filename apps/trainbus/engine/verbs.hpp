// The verbs that need the engine. Each returns an exit code; see engine_entry.hpp.
#pragma once

#include "core/run_spec.hpp"
#include "core/stop.hpp"

namespace trainbus {

int train(const RunSpec& spec, StopRequest& stop);
int eval(const RunSpec& spec, StopRequest& stop);
int probe(const RunSpec& spec, StopRequest& stop);
int predict(const RunSpec& spec, StopRequest& stop);

}  // namespace trainbus
