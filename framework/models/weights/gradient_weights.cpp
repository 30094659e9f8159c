#include "models/weights/gradient_weights.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linear.h>

#include <utility>

#include "models/layers/layers.hpp"

namespace trainbus {

GradientWeights::GradientWeights(const Parameters& parameters) : parameters_(parameters) {
  for (const Parameter& parameter : parameters)
    leaves_.push_back(parameter.value.detach().requires_grad_(parameter.trainable));
}

at::Tensor GradientWeights::linear(const at::Tensor& x, const LinearOp& op) {
  const auto selected = [&](ParameterId id) {
    return op.rows.defined() ? at::index_select(leaves_[id], 0, op.rows) : leaves_[id];
  };
  if (op.rows.defined()) check_rows(op.rows, parameters_[op.weights.front()]);
  std::vector<at::Tensor> parts;
  const ParameterId* bias = op.biases.begin();
  for (const ParameterId id : op.weights)
    parts.push_back(op.biases.empty() ? at::linear(x, selected(id))
                                      : at::linear(x, selected(id), selected(*bias++)));
  at::Tensor y = parts.size() == 1 ? parts.front() : at::cat(parts, -1);
  if (op.activation) y = activate(*op.activation, std::move(y));
  return op.residual.defined() ? op.residual.add(y) : y;
}

at::Tensor GradientWeights::embedding(const at::Tensor& ids, ParameterId matrix) {
  check_rows(ids, parameters_[matrix]);
  return at::index_select(leaves_[matrix], 0, ids).unsqueeze(0);
}

at::Tensor GradientWeights::rms_norm(const at::Tensor& x, ParameterId weight, double eps,
                                     double offset) {
  return layers::rms_norm(x, leaves_[weight], eps, offset);
}

at::Tensor GradientWeights::layer_norm(const at::Tensor& x, ParameterId weight,
                                       std::optional<ParameterId> bias, double eps) {
  return layers::layer_norm(x, leaves_[weight], bias ? leaves_[*bias] : at::Tensor(), eps);
}

void GradientWeights::zero() {
  for (at::Tensor& leaf : leaves_) leaf.mutable_grad() = at::Tensor();
}

}  // namespace trainbus
