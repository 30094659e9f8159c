#include "models/weights/materialized_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>

#include <string>

#include "core/io/error.hpp"
#include "kernels/cpu.hpp"
#include "kernels/layer_norm.hpp"
#include "kernels/rms_norm.hpp"

namespace trainbus {
void multiply_rows(const at::Tensor& x, const kernels::MatrixRows& w, const at::Tensor& bias,
                   bool accumulate, at::Tensor& y) {
  kernels::product({x.size(0), x.size(1), y.size(2), x.size(2)}, x.const_data_ptr<float>(), w,
                   bias.defined() ? bias.const_data_ptr<float>() : nullptr, accumulate,
                   y.mutable_data_ptr<float>());
}

void multiply_matrix(const at::Tensor& x, const at::Tensor& w, const at::Tensor& bias,
                     bool accumulate, at::Tensor& y) {
  const at::Tensor from = x.view({-1, x.size(2)});
  at::Tensor to = y.view({-1, y.size(2)});
  if (accumulate && bias.defined()) to.add_(bias);
  if (accumulate)
    at::addmm_out(to, to, from, w.t());
  else if (bias.defined())
    at::addmm_out(to, bias, from, w.t());
  else
    at::mm_out(to, from, w.t());
}

bool own_product_is_fast() { return kernels::cpu() != kernels::Cpu::Scalar; }

// x [S, N, D], contiguous, whether it was given so or once for all sides.
at::Tensor MaterializedWeights::for_sides(const at::Tensor& x) const {
  const bool fits = x.dim() == 3 && (x.size(0) == sides() || x.size(0) == 1);
  if (!fits)
    throw RunError("a model gave activations of " + std::to_string(x.dim()) + " dimensions, the " +
                       "first of " + std::to_string(x.dim() > 0 ? x.size(0) : 0) +
                       ", to weights of " + std::to_string(sides()) + " sides",
                   "model",
                   "Activations are [sides, tokens, features]; see models/weights/weights.hpp.");
  return (x.size(0) == sides() ? x : x.expand({sides(), x.size(1), x.size(2)})).contiguous();
}

// Without an activation the residual rides in the product.
at::Tensor MaterializedWeights::product(const at::Tensor& given, const LinearOp& op) {
  const at::Tensor x = for_sides(given);
  const at::Tensor bias = op.biases.empty() ? at::Tensor() : vector(op.biases);
  if (op.residual.defined() && !op.activation) {
    at::Tensor y = for_sides(op.residual);
    multiply(x, op.weights, bias, true, y);
    return y;
  }
  const std::int64_t outputs = StackedMatrices(parameters_, op.weights).rows();
  at::Tensor y = at::empty({x.size(0), x.size(1), outputs}, x.options());
  multiply(x, op.weights, bias, false, y);
  return y;
}

at::Tensor MaterializedWeights::product_with_rows(const at::Tensor& given, const LinearOp& op) {
  const at::Tensor x = for_sides(given);
  check_rows(op.rows, parameters_[op.weights.front()]);
  const at::Tensor w = matrix_rows(op.weights.front(), op.rows);
  const at::Tensor bias =
      op.biases.empty() ? at::Tensor() : at::index_select(vector(op.biases), 1, op.rows);
  at::Tensor y = at::empty({x.size(0), x.size(1), op.rows.numel()}, x.options());
  multiply_rows(x, TensorRows(w), bias, false, y);
  return y;
}

at::Tensor MaterializedWeights::linear(const at::Tensor& x, const LinearOp& op) {
  at::Tensor y = op.rows.defined() ? product_with_rows(x, op) : product(x, op);
  if (op.activation) y = activate(*op.activation, std::move(y));
  const bool added = !op.rows.defined() && !op.activation;
  return op.residual.defined() && !added ? y.add_(for_sides(op.residual)) : y;
}

at::Tensor MaterializedWeights::embedding(const at::Tensor& ids, ParameterId id) {
  check_rows(ids, parameters_[id]);
  return matrix_rows(id, ids);
}

at::Tensor MaterializedWeights::rms_norm(const at::Tensor& given, ParameterId weight, double eps,
                                         double offset) {
  const at::Tensor x = for_sides(given);
  const ParameterId ids[] = {weight};
  const at::Tensor scales = vector(ids);
  at::Tensor y = at::empty(x.sizes(), x.options());
  for (std::int64_t s = 0; s < sides(); ++s)
    kernels::rms_norm(x[s].const_data_ptr<float>(), scales[s].const_data_ptr<float>(),
                      static_cast<float>(eps), x.size(1), x.size(2), y[s].mutable_data_ptr<float>(),
                      static_cast<float>(offset));
  return y;
}

at::Tensor MaterializedWeights::head_norm(at::Tensor given, const HeadNormOp& op) {
  at::Tensor qkv = for_sides(given);
  const std::int64_t d = op.heads.dimension, stride = qkv.size(2);
  const auto norm = [&](ParameterId weight, std::int64_t first, std::int64_t heads) {
    const ParameterId ids[] = {weight};
    const at::Tensor scales = vector(ids);
    for (std::int64_t s = 0; s < sides(); ++s)
      kernels::rms_norm_heads(qkv[s].mutable_data_ptr<float>() + first * d, qkv.size(1), stride,
                              heads, d, scales[s].const_data_ptr<float>(),
                              static_cast<float>(op.eps), static_cast<float>(op.offset));
  };
  norm(op.query, 0, op.heads.query);
  norm(op.key, op.heads.query, op.heads.key_value);
  return qkv;
}

at::Tensor MaterializedWeights::layer_norm(const at::Tensor& given, ParameterId weight,
                                           std::optional<ParameterId> bias, double eps) {
  const at::Tensor x = for_sides(given);
  const ParameterId weight_ids[] = {weight}, bias_ids[] = {bias.value_or(weight)};
  const at::Tensor scales = vector(weight_ids), biases = bias ? vector(bias_ids) : at::Tensor();
  at::Tensor y = at::empty(x.sizes(), x.options());
  for (std::int64_t s = 0; s < sides(); ++s)
    kernels::layer_norm(x[s].const_data_ptr<float>(), scales[s].const_data_ptr<float>(),
                        bias ? biases[s].const_data_ptr<float>() : nullptr, static_cast<float>(eps),
                        x.size(1), x.size(2), y[s].mutable_data_ptr<float>());
  return y;
}

void PlainWeights::multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                            const at::Tensor& bias, bool accumulate, at::Tensor& y) {
  if (!own_product_is_fast())
    if (const at::Tensor w = parameters().stacked(ids); w.defined())
      return multiply_matrix(x, w, bias, accumulate, y);
  const StackedMatrices matrices(parameters(), ids);
  multiply_rows(x, PlainRows(matrices), bias, accumulate, y);
}

at::Tensor PlainWeights::matrix_rows(ParameterId id, const at::Tensor& rows) {
  const at::Tensor selected = at::index_select(parameters()[id].value, 0, rows).unsqueeze(0);
  return selected.scalar_type() == at::kFloat ? selected : selected.to(at::kFloat);
}

at::Tensor PlainWeights::vector(std::span<const ParameterId> ids) {
  if (ids.size() == 1) return parameters()[ids.front()].value.unsqueeze(0);
  std::vector<at::Tensor> parts;
  for (ParameterId id : ids) parts.push_back(parameters()[id].value);
  return at::cat(parts).unsqueeze(0);
}

}  // namespace trainbus
