// The two ends of a step on the device: the terms that its forwards are perturbed by, and the terms
// of its update from the losses. See device/step_numbers.hpp. Plain C++17; both enqueue on the
// stream (a cudaStream_t) and return CUDA's error code.
#pragma once

#include "device/step_numbers.hpp"

namespace trainbus::cuda {

int begin_step(const device::Rule& rule, const device::StepNumbers& numbers, void* stream);
int end_step(const device::Rule& rule, const device::StepNumbers& numbers, void* stream);

}  // namespace trainbus::cuda
