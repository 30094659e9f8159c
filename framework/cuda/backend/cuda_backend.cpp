#include "cuda/backend/cuda_backend.hpp"

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAFunctions.h>
#include <cuda_runtime_api.h>

#include "core/io/error.hpp"
#include "cuda/backend/cuda_passes.hpp"

namespace trainbus::cuda {
namespace {

struct GraphWork final : device::Work {
  at::cuda::CUDAGraph graph;
};

struct EventMark final : device::Mark {
  at::cuda::CUDAEvent event;
};

at::Device first_gpu() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0)
    throw UsageError(
        "there is no GPU that can be used: " +
            std::string(error == cudaSuccess ? "none is there" : cudaGetErrorString(error)),
        "--device cuda", "Leave it out to train on the CPU.");
  return {at::kCUDA, 0};
}

c10::cuda::CUDAStream own_stream(at::Device device) {
  const c10::cuda::CUDAStream stream =
      c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
  c10::cuda::setCurrentCUDAStream(stream);
  return stream;
}

}  // namespace

CudaBackend::CudaBackend()
    : device_(first_gpu()), stream_(own_stream(device_)), memory_(at::cuda::graph_pool_handle()) {}

std::string CudaBackend::description() const {
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, device_.index()) != cudaSuccess) return "a GPU";
  return std::string(properties.name) + ", " + std::to_string(properties.totalGlobalMem >> 30) +
         " GiB";
}

std::unique_ptr<device::Passes> CudaBackend::passes(device::DeviceParameters& parameters,
                                                    kernels::Distribution distribution) {
  return std::make_unique<CudaPasses>(parameters, distribution);
}

at::Tensor CudaBackend::staging(std::int64_t bytes) {
  return at::empty({bytes}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
}

void CudaBackend::enqueue_copy(at::Tensor to, const at::Tensor& from) {
  to.copy_(from, /*non_blocking=*/true);
}

std::unique_ptr<device::Work> CudaBackend::make_recording(const std::function<void()>& warm_up,
                                                          const std::function<void()>& work) {
  warm_up();
  stream_.synchronize();
  auto made = std::make_unique<GraphWork>();
  made->graph.capture_begin(memory_);
  try {
    work();
  } catch (...) {
    try {
      made->graph.capture_end();
    } catch (const std::exception&) {  // the first error is the one reported
    }
    throw;
  }
  made->graph.capture_end();
  return made;
}

void CudaBackend::enqueue(device::Work& work) { static_cast<GraphWork&>(work).graph.replay(); }

std::unique_ptr<device::Mark> CudaBackend::mark() {
  auto made = std::make_unique<EventMark>();
  made->event.record(stream_);
  return made;
}

bool CudaBackend::reached(const device::Mark& mark) {
  return static_cast<const EventMark&>(mark).event.query();
}

void CudaBackend::wait_for(const device::Mark& mark) {
  static_cast<const EventMark&>(mark).event.synchronize();
}

}  // namespace trainbus::cuda
