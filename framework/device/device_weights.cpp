#include "device/device_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_addmm_activation.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

namespace trainbus::device {

PerturbedMemory::PerturbedMemory(const DeviceParameters& parameters, Passes& passes,
                                 bool always_scratch)
    : parameters_(parameters),
      passes_(passes),
      always_scratch_(always_scratch),
      scratch_views_(parameters.size()),
      matrices_(parameters.size()) {
  const at::TensorOptions options(parameters.device());
  std::vector<ParameterId> ids;
  std::vector<at::Tensor> plus, minus;
  std::int64_t largest = 0;
  for (ParameterId id = 0; id < parameters.size(); ++id) {
    const at::Tensor& value = parameters[id].value;
    if (value.dim() == 2) {
      largest = std::max(largest, value.numel());
      continue;
    }
    if (!parameters[id].trainable) continue;
    const at::Tensor both = at::empty({2, value.numel()}, options.dtype(at::kFloat));
    vectors_.emplace(id, both);
    ids.push_back(id);
    plus.push_back(both[0]);
    minus.push_back(both[1]);
  }
  plus_ = passes.target(ids, plus);
  minus_ = passes.target(ids, minus);
  scratch_ = at::empty({largest}, options.dtype(parameters.type()));
}

void PerturbedMemory::perturb_vectors(const TermAt& term) {
  if (vectors_.empty()) return;
  passes_.perturb(*plus_, term, 1);
  passes_.perturb(*minus_, term, -1);
}

at::Tensor PerturbedMemory::matrix(ParameterId id, const TermAt& term, float factor) {
  if (!parameters_[id].trainable) return parameters_[id].value;
  if (!matrices_[id]) {
    const at::Tensor& value = parameters_[id].value;
    scratch_views_[id] = scratch_.narrow(0, 0, value.numel()).view(value.sizes());
    const ParameterId ids[] = {id};
    matrices_[id] = passes_.target(ids, {&scratch_views_[id], 1});
  }
  passes_.perturb(*matrices_[id], term, factor);
  return scratch_views_[id];
}

DeviceWeights::DeviceWeights(const DeviceParameters& parameters, Passes& passes,
                             PerturbedMemory& memory, TermAt term)
    : parameters_(parameters), passes_(passes), memory_(&memory), term_(std::move(term)) {
  memory.perturb_vectors(term_);
}

// x as [S, N, D], contiguous, in the type of the matrices; it may be given once for all sides.
at::Tensor DeviceWeights::for_sides(const at::Tensor& given) const {
  const at::Tensor x = given.to(parameters_.type());
  return (x.size(0) == sides() ? x : x.expand({sides(), x.size(1), x.size(2)})).contiguous();
}

at::Tensor DeviceWeights::vector(ParameterId id) const {
  const Parameter& parameter = parameters_[id];
  if (memory_ && parameter.trainable) return memory_->vector(id);
  return parameter.value.unsqueeze(0).expand({sides(), parameter.value.size(0)}).contiguous();
}

at::Tensor DeviceWeights::matrix_rows(ParameterId id, const at::Tensor& rows) const {
  const at::Tensor& value = parameters_[id].value;
  if (!memory_ || !parameters_[id].trainable)
    return at::index_select(value, 0, rows)
        .unsqueeze(0)
        .expand({sides(), rows.numel(), value.size(1)})
        .contiguous();
  at::Tensor both = at::empty({2, rows.numel(), value.size(1)}, value.options());
  for (const int side : {0, 1}) {
    at::Tensor out = both[side];
    passes_.perturb_rows(id, rows, term_, side == 0 ? 1.0f : -1.0f, out);
  }
  return both;
}

// For any number of sides.
void DeviceWeights::product(const DualLinear& layer) const {
  const bool perturbs = memory_ && parameters_[layer.matrix].trainable;
  if (perturbs && !memory_->always_scratch() && passes_.dual_linear(layer, term_)) return;
  // LibTorch's product with a bias has only this activation.
  const bool in_product = layer.bias.defined() && layer.activation == Activation::Relu;
  for (std::int64_t side = 0; side < sides(); ++side) {
    const at::Tensor w = memory_ ? memory_->matrix(layer.matrix, term_, side == 0 ? 1.0f : -1.0f)
                                 : parameters_[layer.matrix].value;
    const at::Tensor x = layer.x[side];
    at::Tensor y = layer.y[side];
    if (!layer.bias.defined()) {
      at::mm_out(y, x, w.t());
    } else {
      const at::Tensor bias = layer.bias[side].to(x.scalar_type());
      if (in_product)
        at::_addmm_activation_out(y, bias, x, w.t());
      else
        at::addmm_out(y, bias, x, w.t());
    }
    if (layer.activation && !in_product) y.copy_(activate(*layer.activation, y));
    if (layer.residual.defined()) y.add_(layer.residual[side]);
  }
}

// One matrix: bias, activation and residual are part of the product.
at::Tensor DeviceWeights::alone(const at::Tensor& x, const LinearOp& op) const {
  const ParameterId matrix = op.weights.front();
  at::Tensor y = at::empty({x.size(0), x.size(1), parameters_[matrix].value.size(0)}, x.options());
  product({matrix, x, y, op.biases.empty() ? at::Tensor() : vector(op.biases.front()),
           op.activation, op.residual.defined() ? for_sides(op.residual) : at::Tensor()});
  return y;
}

at::Tensor DeviceWeights::stacked(const at::Tensor& x, const LinearOp& op) const {
  std::int64_t outputs = 0;
  for (const ParameterId id : op.weights) outputs += parameters_[id].value.size(0);
  at::Tensor all = at::empty({x.size(0), x.size(1), outputs}, x.options());
  std::int64_t begin = 0;
  const ParameterId* bias = op.biases.begin();
  for (const ParameterId id : op.weights) {
    const std::int64_t width = parameters_[id].value.size(0);
    at::Tensor y = all.narrow(2, begin, width);
    product({id, x, y, op.biases.empty() ? at::Tensor() : vector(*bias++), op.activation, {}});
    begin += width;
  }
  return op.residual.defined() ? all.add_(for_sides(op.residual)) : all;
}

at::Tensor DeviceWeights::selected_rows(const at::Tensor& x, const LinearOp& op) const {
  const at::Tensor w = matrix_rows(op.weights.front(), op.rows).transpose(1, 2);
  at::Tensor y = op.biases.empty()
                     ? at::bmm(x, w)
                     : at::baddbmm(at::index_select(vector(op.biases.front()), 1, op.rows)
                                       .unsqueeze(1)
                                       .to(parameters_.type()),
                                   x, w);
  if (op.activation) y = activate(*op.activation, std::move(y));
  return op.residual.defined() ? y.add_(for_sides(op.residual)) : y;
}

at::Tensor DeviceWeights::linear(const at::Tensor& given, const LinearOp& op) {
  if (op.activation == Activation::Silu) {  // no device's product has it inside
    LinearOp inside = op;
    inside.activation.reset();
    inside.residual = at::Tensor();
    const at::Tensor y = activate(Activation::Silu, linear(given, inside));
    return op.residual.defined() ? y + for_sides(op.residual) : y;
  }
  const at::Tensor x = for_sides(given);
  if (op.rows.defined()) return selected_rows(x, op);
  return op.weights.size() == 1 ? alone(x, op) : stacked(x, op);
}

at::Tensor DeviceWeights::embedding(const at::Tensor& ids, ParameterId matrix) {
  return matrix_rows(matrix, ids);
}

at::Tensor DeviceWeights::rms_norm(const at::Tensor& given, ParameterId weight, double eps,
                                   double offset) {
  const at::Tensor x = for_sides(given);
  at::Tensor y = at::empty(x.sizes(), x.options());
  passes_.rms_norm(x, offset == 0 ? vector(weight) : vector(weight) + offset, eps, y);
  return y;
}

at::Tensor DeviceWeights::layer_norm(const at::Tensor& given, ParameterId weight,
                                     std::optional<ParameterId> bias, double eps) {
  const at::Tensor x = for_sides(given);
  at::Tensor y = at::empty(x.sizes(), x.options());
  const at::Tensor scales = vector(weight);
  passes_.layer_norm(x, scales, bias ? vector(*bias) : at::zeros_like(scales), eps, y);
  return y;
}

}  // namespace trainbus::device
