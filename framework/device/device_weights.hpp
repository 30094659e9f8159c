// Weights on a device: θ, or both of MeZO's points in one forward pass. Activations have the type
// of the matrices: float32, or their 16 bits. Nothing waits.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/export.hpp"
#include "device/device_parameters.hpp"
#include "device/passes.hpp"
#include "models/weights/weights.hpp"

namespace trainbus::device {

// Memory and tables of forward passes at θ ± εz, made once for a model.
class TRAINBUS_EXPORT PerturbedMemory {
 public:
  // always_scratch: perturbed matrices are written to memory even where a dual linear is possible.
  PerturbedMemory(const DeviceParameters& parameters, Passes& passes, bool always_scratch = false);

  bool always_scratch() const { return always_scratch_; }
  // Perturbed vectors of the forward pass, [2, length] float32 each.
  const at::Tensor& vector(ParameterId id) const { return vectors_.at(id); }
  void perturb_vectors(const TermAt& term);
  // W + factor·εz of one matrix, valid until the next call.
  at::Tensor matrix(ParameterId id, const TermAt& term, float factor);

 private:
  const DeviceParameters& parameters_;
  Passes& passes_;
  const bool always_scratch_;
  std::map<ParameterId, at::Tensor> vectors_;
  std::unique_ptr<Target> plus_, minus_;  // all vectors
  at::Tensor scratch_;                    // of the largest matrix
  std::vector<at::Tensor> scratch_views_;
  std::vector<std::unique_ptr<Target>> matrices_;  // by id; made when they are first used
};

// S = 1 at θ; S = 2 at θ + εz and θ − εz.
class TRAINBUS_EXPORT DeviceWeights final : public Weights {
 public:
  DeviceWeights(const DeviceParameters& parameters, Passes& passes)
      : parameters_(parameters), passes_(passes) {}
  // term: ε and z. One forward pass at a time may use the memory.
  DeviceWeights(const DeviceParameters& parameters, Passes& passes, PerturbedMemory& memory,
                TermAt term);

  std::int64_t sides() const override { return memory_ ? 2 : 1; }
  using Weights::linear;
  at::Tensor linear(const at::Tensor& x, const LinearOp& op) override;
  at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) override;
  using Weights::rms_norm;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps, double offset) override;
  at::Tensor layer_norm(const at::Tensor& x, ParameterId weight, std::optional<ParameterId> bias,
                        double eps) override;

 private:
  at::Tensor for_sides(const at::Tensor& x) const;
  at::Tensor vector(ParameterId id) const;                               // [S, length] float32
  at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) const;  // [S, C, columns]
  // Several layers, side by side in the columns of one tensor.
  at::Tensor stacked(const at::Tensor& x, const LinearOp& op) const;
  at::Tensor alone(const at::Tensor& x, const LinearOp& op) const;
  at::Tensor selected_rows(const at::Tensor& x, const LinearOp& op) const;
  void product(const DualLinear& layer) const;

  const DeviceParameters& parameters_;
  Passes& passes_;
  PerturbedMemory* memory_ = nullptr;
  TermAt term_;
};

}  // namespace trainbus::device
