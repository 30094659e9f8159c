// Weights: the operations that a model may ask of its parameters. A model never sees the numbers,
// so what an operation computes is the kind of Weights it was handed: θ itself, θ + εz, and more to
// come.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>

#include "core/export.hpp"
#include "models/layers/activations.hpp"
#include "models/layers/attention.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// A few parameters in order, by value.
class ParameterIds {
 public:
  static constexpr std::size_t most = 4;

  ParameterIds() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): one parameter is a list of one
  ParameterIds(ParameterId id) : ids_{id}, count_(1) {}
  // Throws RunError for more than `most`.
  TRAINBUS_EXPORT ParameterIds(std::initializer_list<ParameterId> ids);

  const ParameterId* begin() const { return ids_.data(); }
  const ParameterId* end() const { return ids_.data() + count_; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  ParameterId front() const { return ids_.front(); }
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::span<const ParameterId>() const { return {ids_.data(), count_}; }

 private:
  std::array<ParameterId, most> ids_ = {};
  std::size_t count_ = 0;
};

// A linear layer: y = residual + activation(x Wᵀ + b). Fields that are left out leave out their
// part. With designated initialisers a call reads like the layer:
//   weights.linear(x, {.weights = {q, k, v}, .biases = {q_bias, k_bias, v_bias}})
struct LinearOp {
  ParameterIds weights = {};  // W: matrices of equal width, stacked by rows
  ParameterIds biases = {};   // b: of each matrix, or none
  std::optional<Activation> activation = {};
  at::Tensor residual = {};  // [S, N, O]; is given up and may be written to
  at::Tensor rows = {};      // [C] int64: only these rows of one matrix, and of its bias; O = C
};

using layers::AttentionOp;

// RMSNorm of each query and key head by itself, before they are rotated (arXiv 2302.05442).
struct HeadNormOp {
  layers::Heads heads;
  ParameterId query = 0, key = 0;  // the weights, [d] each
  double eps = 0;
  double offset = 0;  // see Weights::rms_norm
};

// Throws RunError if one of these is no row of the matrix: memory behind it is never read.
TRAINBUS_EXPORT void check_rows(std::span<const std::int64_t> rows, const Parameter& matrix);
// The same for an index tensor in the CPU's memory; others pass.
TRAINBUS_EXPORT void check_rows(const at::Tensor& rows, const Parameter& matrix);

// Shapes: S sides evaluated at once, N packed tokens, D features in, O features out. Activations
// are float32 [S, N, D]; [1, N, D] is the same for every side, as a model's inputs are. Results are
// fresh tensors, contiguous, unless said otherwise. One thread at a time.
class TRAINBUS_EXPORT Weights {
 public:
  virtual ~Weights();

  // S: how many points of parameter space one forward pass evaluates.
  virtual std::int64_t sides() const { return 1; }
  // Whether gradients with respect to the parameters are recorded.
  virtual bool differentiable() const { return false; }

  // [S, N, D] → [S, N, O], O the sum of the matrices' rows.
  virtual at::Tensor linear(const at::Tensor& x, const LinearOp& op) = 0;
  at::Tensor linear(const at::Tensor& x, const ParameterIds& weights, const ParameterIds& biases) {
    return linear(x, LinearOp{.weights = weights, .biases = biases});
  }
  // W[ids]: [N] int64 → [S, N, D].
  virtual at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) = 0;
  // x · rsqrt(mean(x²) + eps) · (weight + offset) (arXiv 1910.07467); offset 1: Gemma.
  virtual at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps,
                              double offset) = 0;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps) {
    return rms_norm(x, weight, eps, 0);
  }
  // (x − mean) · rsqrt(var + eps) · weight + bias (arXiv 1607.06450); no bias: none is added.
  virtual at::Tensor layer_norm(const at::Tensor& x, ParameterId weight,
                                std::optional<ParameterId> bias, double eps) = 0;
  // qkv [S, N, (H + 2·H_kv)·d] with its queries and keys normed; given up and may be written to.
  virtual at::Tensor head_norm(at::Tensor qkv, const HeadNormOp& op);
  // qkv [S, N, (H + 2·H_kv)·d] → [S, N, H·d]; see layers::attention, which computes it unless a
  // kind of weights has more to add, such as a trained prefix of keys and values.
  virtual at::Tensor attention(const at::Tensor& qkv, const Batch& batch, const AttentionOp& op);
};

}  // namespace trainbus
