#include "models/gradient_weights.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linear.h>

#include "models/layers.hpp"

namespace trainbus {

GradientWeights::GradientWeights(const Parameters& parameters) {
  for (const Parameter& parameter : parameters)
    leaves_.push_back(parameter.value.detach().requires_grad_(parameter.trainable));
}

at::Tensor GradientWeights::linear(const at::Tensor& x, ParameterIds matrices) {
  return linear(x, matrices, {});
}

at::Tensor GradientWeights::linear(const at::Tensor& x, ParameterIds matrices,
                                   ParameterIds biases) {
  std::vector<at::Tensor> parts;
  const ParameterId* bias = biases.begin();
  for (ParameterId id : matrices)
    parts.push_back(biases.size() ? at::linear(x, leaves_[id], leaves_[*bias++])
                                  : at::linear(x, leaves_[id]));
  return parts.size() == 1 ? parts.front() : at::cat(parts, -1);
}

at::Tensor GradientWeights::add_linear(at::Tensor residual, const at::Tensor& x,
                                       ParameterId matrix) {
  return residual.add(at::linear(x, leaves_[matrix]));
}

at::Tensor GradientWeights::linear_rows(const at::Tensor& x, ParameterId matrix,
                                        const at::Tensor& rows) {
  return at::linear(x, at::index_select(leaves_[matrix], 0, rows));
}

at::Tensor GradientWeights::add_linear(at::Tensor residual, const at::Tensor& x, ParameterId matrix,
                                       ParameterId bias) {
  return residual.add(at::linear(x, leaves_[matrix], leaves_[bias]));
}

at::Tensor GradientWeights::linear_rows(const at::Tensor& x, ParameterId matrix, ParameterId bias,
                                        const at::Tensor& rows) {
  return at::linear(x, at::index_select(leaves_[matrix], 0, rows),
                    at::index_select(leaves_[bias], 0, rows));
}

at::Tensor GradientWeights::embedding(const at::Tensor& ids, ParameterId matrix) {
  return at::index_select(leaves_[matrix], 0, ids).unsqueeze(0);
}

at::Tensor GradientWeights::rms_norm(const at::Tensor& x, ParameterId gain, double eps) {
  return layers::rms_norm(x, leaves_[gain], eps);
}

at::Tensor GradientWeights::layer_norm(const at::Tensor& x, ParameterId gain, ParameterId bias,
                                       double eps) {
  return layers::layer_norm(x, leaves_[gain], leaves_[bias], eps);
}

void GradientWeights::zero() {
  for (at::Tensor& leaf : leaves_) leaf.mutable_grad() = at::Tensor();
}

}  // namespace trainbus
