// The symbols that trainbus_cuda.so exports: see device/backend_module.hpp.
#include "cuda/backend/cuda_backend.hpp"
#include "device/backend_module.hpp"

namespace {

std::unique_ptr<trainbus::device::Backend> make() {
  return std::make_unique<trainbus::cuda::CudaBackend>();
}

}  // namespace

extern "C" TRAINBUS_EXPORT const trainbus::device::BackendModule TRAINBUS_BACKEND_SYMBOL = {&make};
