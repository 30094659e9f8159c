// The cost of a call of the progress bar when it does not draw. Separate from bus_bench.cpp, since
// the SDK's C++ classes and the host's have the same names.
#pragma once

#include <trainbus/plugin.h>

namespace trainbus::bench {

// Nanoseconds a call through the C interface, the loop included; empty: of a function that does
// nothing.
struct BarCall {
  double step_ns, forward_ns, empty_ns;
};

// Throws std::logic_error if a line was drawn, which would void the numbers.
BarCall bar_call(const tb_observer& progress);

}  // namespace trainbus::bench
