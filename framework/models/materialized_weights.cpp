#include "models/materialized_weights.hpp"

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
namespace {

std::span<const ParameterId> span_of(ParameterIds ids) { return {ids.begin(), ids.size()}; }

}  // namespace

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
                   "model", "Activations are [sides, tokens, features]; see models/weights.hpp.");
  return (x.size(0) == sides() ? x : x.expand({sides(), x.size(1), x.size(2)})).contiguous();
}

at::Tensor MaterializedWeights::fresh_product(const at::Tensor& given, ParameterIds matrices,
                                              const at::Tensor& bias) {
  const at::Tensor x = for_sides(given);
  const std::int64_t outputs = StackedMatrices(parameters_, span_of(matrices)).rows();
  at::Tensor y = at::empty({x.size(0), x.size(1), outputs}, x.options());
  multiply(x, span_of(matrices), bias, false, y);
  return y;
}

at::Tensor MaterializedWeights::linear(const at::Tensor& x, ParameterIds matrices) {
  return fresh_product(x, matrices, {});
}

at::Tensor MaterializedWeights::linear(const at::Tensor& x, ParameterIds matrices,
                                       ParameterIds biases) {
  return fresh_product(x, matrices, vector(span_of(biases)));
}

at::Tensor MaterializedWeights::add_linear(at::Tensor residual, const at::Tensor& x,
                                           ParameterId id) {
  const ParameterId ids[] = {id};
  residual = for_sides(residual);
  multiply(for_sides(x), ids, {}, true, residual);  // the residual rides in the product
  return residual;
}

at::Tensor MaterializedWeights::add_linear(at::Tensor residual, const at::Tensor& x, ParameterId id,
                                           ParameterId bias) {
  const ParameterId ids[] = {id}, biases[] = {bias};
  residual = for_sides(residual);
  multiply(for_sides(x), ids, vector(biases), true, residual);
  return residual;
}

at::Tensor MaterializedWeights::product_with_rows(const at::Tensor& given, ParameterId matrix,
                                                  const at::Tensor& rows, const at::Tensor& bias) {
  const at::Tensor x = for_sides(given);
  const at::Tensor w = matrix_rows(matrix, rows);
  at::Tensor y = at::empty({x.size(0), x.size(1), rows.numel()}, x.options());
  multiply_rows(x, TensorRows(w), bias, false, y);
  return y;
}

at::Tensor MaterializedWeights::linear_rows(const at::Tensor& x, ParameterId id,
                                            const at::Tensor& rows) {
  return product_with_rows(x, id, rows, {});
}

at::Tensor MaterializedWeights::linear_rows(const at::Tensor& x, ParameterId matrix,
                                            ParameterId bias, const at::Tensor& rows) {
  const ParameterId ids[] = {bias};
  return product_with_rows(x, matrix, rows, at::index_select(vector(ids), 1, rows));
}

at::Tensor MaterializedWeights::embedding(const at::Tensor& ids, ParameterId id) {
  return matrix_rows(id, ids);
}

at::Tensor MaterializedWeights::rms_norm(const at::Tensor& given, ParameterId gain, double eps) {
  const at::Tensor x = for_sides(given);
  const ParameterId ids[] = {gain};
  const at::Tensor gains = vector(ids);
  at::Tensor y = at::empty(x.sizes(), x.options());
  for (std::int64_t s = 0; s < sides(); ++s)
    kernels::rms_norm(x[s].const_data_ptr<float>(), gains[s].const_data_ptr<float>(),
                      static_cast<float>(eps), x.size(1), x.size(2),
                      y[s].mutable_data_ptr<float>());
  return y;
}

at::Tensor MaterializedWeights::layer_norm(const at::Tensor& given, ParameterId gain,
                                           ParameterId bias, double eps) {
  const at::Tensor x = for_sides(given);
  const ParameterId gain_ids[] = {gain}, bias_ids[] = {bias};
  const at::Tensor gains = vector(gain_ids), biases = vector(bias_ids);
  at::Tensor y = at::empty(x.sizes(), x.options());
  for (std::int64_t s = 0; s < sides(); ++s)
    kernels::layer_norm(x[s].const_data_ptr<float>(), gains[s].const_data_ptr<float>(),
                        biases[s].const_data_ptr<float>(), static_cast<float>(eps), x.size(1),
                        x.size(2), y[s].mutable_data_ptr<float>());
  return y;
}

void PlainWeights::multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                            const at::Tensor& bias, bool accumulate, at::Tensor& y) {
  if (const at::Tensor w = parameters().stacked(ids); w.defined() && !own_product_is_fast())
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
