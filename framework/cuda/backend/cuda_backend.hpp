// The CUDA backend: steps are CUDA graphs on their own stream.
#pragma once

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>

#include <string>

#include "device/backend.hpp"

namespace trainbus::cuda {

// Makes its stream PyTorch's current one for the constructing thread, the only one that may use it.
class CudaBackend final : public device::Backend {
 public:
  // Throws UsageError if there is no usable GPU.
  CudaBackend();

  at::Device device() const override { return device_; }
  std::string description() const override;
  std::unique_ptr<device::Passes> passes(device::DeviceParameters& parameters,
                                         kernels::Distribution distribution) override;
  at::Tensor staging(std::int64_t bytes) override;
  std::unique_ptr<device::Mark> mark() override;
  bool reached(const device::Mark& mark) override;

 private:
  void enqueue_copy(at::Tensor to, const at::Tensor& from) override;
  std::unique_ptr<device::Work> make_recording(const std::function<void()>& warm_up,
                                               const std::function<void()>& work) override;
  void enqueue(device::Work& work) override;
  void wait_for(const device::Mark& mark) override;

  at::Device device_;
  c10::cuda::CUDAStream stream_;
  // Shared by all recordings: one runs at a time, so they can reuse each other's temporary memory.
  at::cuda::MempoolId_t memory_;
};

}  // namespace trainbus::cuda
