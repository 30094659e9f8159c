// MeZO's operations on parameters in device memory, and the few layers for which LibTorch has no
// single kernel. The work reads the numbers of a step from device memory when it runs, so that work
// recorded once can be run for every step.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/export.hpp"
#include "device/step_buffers.hpp"
#include "models/layers/activations.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus::device {

// A term of an update, or a perturbation, in device memory.
struct TermAt {
  at::Tensor terms;  // bytes: an array of Term
  std::int64_t index = 0;
};

// A linear layer at both points: y± = activation(x±·(W ± εz)ᵀ + bias±) + residual±.
struct DualLinear {
  ParameterId matrix;
  const at::Tensor& x;     // [2, M, K]
  at::Tensor& y;           // [2, M, N], columns of a wider tensor if there is no residual
  const at::Tensor& bias;  // [2, N] float32, already perturbed; undefined: none
  std::optional<Activation> activation;  // none: the identity
  const at::Tensor& residual;            // [2, M, N], may be y; undefined: none
};

// The memory that perturbed parameters are written to; made once and used in every step.
class TRAINBUS_EXPORT Target {
 public:
  virtual ~Target();
};

// All work is enqueued in order; nothing waits for it. All tensors are contiguous in the device's
// memory unless said otherwise. One thread.
class TRAINBUS_EXPORT Passes {
 public:
  virtual ~Passes();

  // outs[i]: like parameter ids[i], float32 for vectors; of matrices float32 or their 16 bits.
  virtual std::unique_ptr<Target> target(std::span<const ParameterId> ids,
                                         std::span<const at::Tensor> outs) = 0;
  // outs = θ + factor·coefficient·z.
  virtual void perturb(const Target& target, const TermAt& term, float factor) = 0;
  // out[i] = (θ + factor·coefficient·z)[rows[i]] of a matrix; rows [C] int64, out [C, columns] of
  // float32 or the matrix's 16 bits. A row outside the matrix gives NaN.
  virtual void perturb_rows(ParameterId matrix, const at::Tensor& rows, const TermAt& term,
                            float factor, at::Tensor& out) = 0;
  // Enqueues both sides of the layer in one pass over its weights, if that is possible for a layer
  // like this; returns whether it was.
  virtual bool dual_linear(const DualLinear& layer, const TermAt& term) = 0;
  // All trainable parameters: θ ← (1 − decay)·θ − Σ coefficientᵢ·zᵢ, decay only where they decay.
  // update: one DeviceUpdate. If a coefficient is not finite, nothing is changed.
  virtual void update(const at::Tensor& terms, const at::Tensor& update) = 0;

  // Computes the terms of the perturbations from the host's numbers of the step.
  virtual void begin_step(const StepBuffers& buffers) = 0;
  // Computes the terms of the update from the losses, and the numbers that the host reads.
  virtual void end_step(const StepBuffers& buffers) = 0;

  // y = x · rsqrt(mean(x²) + eps) · weight; x, y [S, N, D], weight [S, D] float32.
  virtual void rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps,
                        at::Tensor& y) = 0;
  // y = (x − mean) · rsqrt(var + eps) · weight + bias.
  virtual void layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          double eps, at::Tensor& y) = 0;
};

}  // namespace trainbus::device
