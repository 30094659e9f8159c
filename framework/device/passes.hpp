// What MeZO does to parameters that lie in a device's memory, and the few layers that LibTorch has
// no one kernel for. The numbers of a step are read from device memory when the work is done, so
// that work which was recorded once serves every step.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/export.hpp"
#include "device/step_buffers.hpp"
#include "models/activations.hpp"
#include "models/parameters.hpp"

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
  const at::Tensor& bias;  // [2, N] float32, perturbed already; undefined: none
  std::optional<Activation> activation;  // none: as it is
  const at::Tensor& residual;            // [2, M, N], may be y; undefined: none
};

// Where perturbed parameters are written, made once and used in every step.
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
  // float32 or the matrix's 16 bits. A row that is not there gives NaN.
  virtual void perturb_rows(ParameterId matrix, const at::Tensor& rows, const TermAt& term,
                            float factor, at::Tensor& out) = 0;
  // Whether both sides of a layer like this are made in one walk over its weights; if so, it is
  // enqueued.
  virtual bool dual_linear(const DualLinear& layer, const TermAt& term) = 0;
  // All trainable parameters: θ ← (1 − decay)·θ − Σ coefficientᵢ·zᵢ, decay only where they decay.
  // update: one DeviceUpdate. With a coefficient that is not finite nothing is changed.
  virtual void update(const at::Tensor& terms, const at::Tensor& update) = 0;

  // From what the host says of the step to the terms that its forwards are perturbed by.
  virtual void begin_step(const StepBuffers& buffers) = 0;
  // From the losses to the terms of the update, and what the host is to know.
  virtual void end_step(const StepBuffers& buffers) = 0;

  // y = x · rsqrt(mean(x²) + eps) · weight; x, y [S, N, D], weight [S, D] float32.
  virtual void rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps,
                        at::Tensor& y) = 0;
  // y = (x − mean) · rsqrt(var + eps) · weight + bias.
  virtual void layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          double eps, at::Tensor& y) = 0;
};

}  // namespace trainbus::device
