// The passes of device/passes.hpp by the CUDA kernels.
#pragma once

#include <map>

#include "cuda/parameter_table.hpp"
#include "cuda/passes.hpp"
#include "device/device_parameters.hpp"
#include "device/passes.hpp"
#include "kernels/direction.hpp"

namespace trainbus::cuda {

// On PyTorch's current stream.
class CudaPasses final : public device::Passes {
 public:
  CudaPasses(device::DeviceParameters& parameters, kernels::Distribution distribution);

  std::unique_ptr<device::Target> target(std::span<const ParameterId> ids,
                                         std::span<const at::Tensor> outs) override;
  void perturb(const device::Target& target, const device::TermAt& term, float factor) override;
  void perturb_rows(ParameterId matrix, const at::Tensor& rows, const device::TermAt& term,
                    float factor, at::Tensor& out) override;
  bool dual_linear(const device::DualLinear& layer, const device::TermAt& term) override;
  void update(const at::Tensor& terms, const at::Tensor& update) override;
  void begin_step(const device::StepBuffers& buffers) override;
  void end_step(const device::StepBuffers& buffers) override;
  void rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps, at::Tensor& y) override;
  void layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps,
                  at::Tensor& y) override;

 private:
  // A table with its entries in device memory.
  struct Placed {
    Table table;
    at::Tensor entries;
  };
  struct CudaTarget;

  Tensor tensor(ParameterId id) const;
  Placed place(const std::vector<Tensor>& tensors) const;
  void normalize(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps,
                 at::Tensor& y);

  device::DeviceParameters& parameters_;
  const Distribution distribution_;
  const bool has_dual_linear_;
  Placed decaying_, others_;                // all parameters, by whether they decay
  std::map<ParameterId, Placed> matrices_;  // by themselves, for their rows
};

}  // namespace trainbus::cuda
