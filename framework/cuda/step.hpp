// The start and the end of a step on the device: the terms of its perturbations, and the terms of
// its update, computed from the losses. See device/step_numbers.hpp. Plain C++17; both enqueue on
// the stream (a cudaStream_t) and return CUDA's error code.
#pragma once

#include "device/step_numbers.hpp"

namespace trainbus::cuda {

int begin_step(const device::Rule& rule, const device::StepNumbers& numbers, void* stream);
int end_step(const device::Rule& rule, const device::StepNumbers& numbers, void* stream);

}  // namespace trainbus::cuda
