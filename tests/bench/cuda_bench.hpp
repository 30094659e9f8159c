// The sections of cuda_bench. Each prints a table and adds its numbers to the results.
#pragma once

#include "bench/cuda_timer.hpp"

namespace trainbus::bench {

// Passes over OPT-1.3B's parameters beside a copy of the same memory.
void measure_passes(Results& results, int rounds);
// The dual linear beside two products of cuBLAS, for those matrices of OPT whose name holds `only`.
void measure_dual(Results& results, int rounds, const std::string& only);

}  // namespace trainbus::bench
