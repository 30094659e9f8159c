#include "eager_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>

namespace trainbus::bench {
namespace {

at::Tensor activated(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::Relu:
      return at::relu(x);
    case Activation::Gelu:
      return at::gelu(x);
    case Activation::GeluTanh:
      return at::gelu(x, "tanh");
    case Activation::Silu:
      break;
  }
  return at::silu(x);
}

}  // namespace

at::Tensor EagerWeights::linear(const at::Tensor& x, const LinearOp& op) {
  const auto of = [&](ParameterId id) {
    return op.rows.defined() ? at::index_select(parameters_[id], 0, op.rows) : parameters_[id];
  };
  std::vector<at::Tensor> parts;
  const ParameterId* bias = op.biases.begin();
  for (const ParameterId id : op.weights)
    parts.push_back(op.biases.empty() ? at::linear(x, of(id)) : at::linear(x, of(id), of(*bias++)));
  at::Tensor y = parts.size() == 1 ? parts.front() : at::cat(parts, -1);
  if (op.activation) y = activated(*op.activation, y);
  return op.residual.defined() ? op.residual + y : y;
}

at::Tensor EagerWeights::embedding(const at::Tensor& ids, ParameterId matrix) {
  return at::embedding(parameters_[matrix], ids).unsqueeze(0);
}

at::Tensor EagerWeights::rms_norm(const at::Tensor& x, ParameterId weight, double eps,
                                  double offset) {
  const at::Tensor normed = x * at::rsqrt(x.pow(2).mean(-1, /*keepdim=*/true) + eps);
  return normed * (offset == 0 ? parameters_[weight] : parameters_[weight] + offset);
}

at::Tensor EagerWeights::layer_norm(const at::Tensor& x, ParameterId weight,
                                    std::optional<ParameterId> bias, double eps) {
  return at::layer_norm(x, {x.size(-1)}, parameters_[weight],
                        bias ? parameters_[*bias] : at::Tensor(), eps);
}

// A batch that tells the lengths of its sequences is computed as a rectangle, by LibTorch.
at::Tensor EagerWeights::attention(const at::Tensor& qkv, const Batch& batch,
                                   const AttentionOp& op) {
  Batch rectangle = batch;
  rectangle.lengths = at::full({batch.offsets.numel() - 1}, padded_length(batch), at::kLong);
  return layers::attention(qkv, rectangle, op);
}

}  // namespace trainbus::bench
