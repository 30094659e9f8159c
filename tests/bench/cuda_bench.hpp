// The sections of cuda_bench. Each prints a table and adds its numbers to the results.
#pragma once

#include "bench/cuda_timer.hpp"

namespace trainbus::bench {

// Passes over OPT-1.3B's parameters, compared with a copy of the same memory.
void measure_passes(Results& results, int rounds);
// The dual linear compared with two products of cuBLAS, for the matrices of OPT whose name contains
// `only`.
void measure_dual(Results& results, int rounds, const std::string& only);

}  // namespace trainbus::bench
