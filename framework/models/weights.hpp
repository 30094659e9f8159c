// Weights: the operations that a model may ask of its parameters. A model never sees the numbers,
// so what an operation computes is the kind of Weights it was handed: θ itself, θ + εz, and more to
// come.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <span>

#include "core/export.hpp"
#include "models/activations.hpp"
#include "models/parameters.hpp"

namespace trainbus {

using ParameterIds = std::initializer_list<ParameterId>;

// Shapes: S sides evaluated at once, N packed tokens, D features in, O features out. Activations
// are float32 [S, N, D]; [1, N, D] is the same for every side, as a model's inputs are. Results are
// fresh tensors, contiguous, unless said otherwise. One thread at a time.
class TRAINBUS_EXPORT Weights {
 public:
  virtual ~Weights();

  // S: how many points of parameter space one walk evaluates.
  virtual std::int64_t sides() const { return 1; }
  // Whether gradients with respect to the parameters are recorded.
  virtual bool differentiable() const { return false; }

  // x Wᵀ, several matrices of equal width stacked: [S, N, D] → [S, N, sum of O].
  virtual at::Tensor linear(const at::Tensor& x, ParameterIds matrices) = 0;
  // x Wᵀ + b for each.
  virtual at::Tensor linear(const at::Tensor& x, ParameterIds matrices, ParameterIds biases) = 0;
  // activation(x Wᵀ + b). By linear() and activate() where there is nothing better.
  virtual at::Tensor activated_linear(const at::Tensor& x, ParameterId matrix, ParameterId bias,
                                      Activation activation);
  // residual + x Wᵀ; residual [S, N, O] is given up and may be written to.
  virtual at::Tensor add_linear(at::Tensor residual, const at::Tensor& x, ParameterId matrix) = 0;
  // residual + x Wᵀ + b.
  virtual at::Tensor add_linear(at::Tensor residual, const at::Tensor& x, ParameterId matrix,
                                ParameterId bias) = 0;
  // x W[rows]ᵀ: only these rows of the output matrix, [S, R, D] → [S, R, C]. rows: [C] int64.
  virtual at::Tensor linear_rows(const at::Tensor& x, ParameterId matrix,
                                 const at::Tensor& rows) = 0;
  // x W[rows]ᵀ + b[rows].
  virtual at::Tensor linear_rows(const at::Tensor& x, ParameterId matrix, ParameterId bias,
                                 const at::Tensor& rows) = 0;
  // W[ids]: [N] int64 → [S, N, D].
  virtual at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) = 0;
  // x · rsqrt(mean(x²) + eps) · gain (arXiv 1910.07467).
  virtual at::Tensor rms_norm(const at::Tensor& x, ParameterId gain, double eps) = 0;
  // (x − mean) · rsqrt(var + eps) · gain + bias (arXiv 1607.06450).
  virtual at::Tensor layer_norm(const at::Tensor& x, ParameterId gain, ParameterId bias,
                                double eps) = 0;
};

}  // namespace trainbus
