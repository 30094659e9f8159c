// The sections of cuda_bench. Each prints a table and adds its numbers to the results.
#pragma once

#include "bench/cuda_timer.hpp"

namespace trainbus::bench {

// Passes over OPT-1.3B's parameters beside a copy of the same memory.
void measure_passes(Results& results, int rounds);
// The dual linear beside two products of cuBLAS, for the matrices of OPT.
void measure_dual(Results& results, int rounds);

}  // namespace trainbus::bench
