#include <cuda_runtime.h>

#include "cuda/step.hpp"

namespace trainbus::cuda {
namespace {

// A few dozen operations in the same order as on the host: one thread.
__global__ void begin_kernel(device::Rule rule, device::StepNumbers numbers) {
  device::set_perturbations(rule, numbers);
}

__global__ void end_kernel(device::Rule rule, device::StepNumbers numbers) {
  device::set_update(rule, numbers);
}

}  // namespace

int begin_step(const device::Rule& rule, const device::StepNumbers& numbers, void* stream) {
  begin_kernel<<<1, 1, 0, static_cast<cudaStream_t>(stream)>>>(rule, numbers);
  return cudaGetLastError();
}

int end_step(const device::Rule& rule, const device::StepNumbers& numbers, void* stream) {
  end_kernel<<<1, 1, 0, static_cast<cudaStream_t>(stream)>>>(rule, numbers);
  return cudaGetLastError();
}

}  // namespace trainbus::cuda
