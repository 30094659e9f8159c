#include "models/materialized_weights.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>

#include "models/huge_memory.hpp"
#include "models/layers.hpp"

namespace trainbus {
namespace {

std::span<const ParameterId> span_of(ParameterIds ids) { return {ids.begin(), ids.size()}; }

// [S, N, D] → [S·N, D]
at::Tensor flat(const at::Tensor& x) { return x.view({-1, x.size(-1)}); }

at::Tensor unflat(const at::Tensor& y, const at::Tensor& x) {
  return y.view({x.size(0), x.size(1), y.size(-1)});
}

}  // namespace

at::Tensor MaterializedWeights::linear(const at::Tensor& x, ParameterIds matrices) {
  return unflat(at::mm(flat(x), matrix(span_of(matrices)).t()), x);
}

at::Tensor MaterializedWeights::linear(const at::Tensor& x, ParameterIds matrices,
                                       ParameterIds biases) {
  const at::Tensor bias = vector(span_of(biases));
  return unflat(at::addmm(bias, flat(x), matrix(span_of(matrices)).t()), x);
}

at::Tensor MaterializedWeights::add_linear(at::Tensor residual, const at::Tensor& x,
                                           ParameterId id) {
  at::Tensor y = flat(residual);
  const ParameterId ids[] = {id};
  at::addmm_out(y, y, flat(x), matrix(ids).t());  // beta = 1: the residual rides in the product
  return residual;
}

at::Tensor MaterializedWeights::linear_rows(const at::Tensor& x, ParameterId id,
                                            const at::Tensor& rows) {
  return unflat(at::mm(flat(x), matrix_rows(id, rows).t()), x);
}

at::Tensor MaterializedWeights::add_linear(at::Tensor residual, const at::Tensor& x,
                                           ParameterId matrix, ParameterId bias) {
  const ParameterId ids[] = {bias};
  return add_linear(std::move(residual), x, matrix).add_(vector(ids));
}

at::Tensor MaterializedWeights::linear_rows(const at::Tensor& x, ParameterId matrix,
                                            ParameterId bias, const at::Tensor& rows) {
  const ParameterId ids[] = {bias};
  return linear_rows(x, matrix, rows).add_(at::index_select(vector(ids), 0, rows));
}

at::Tensor MaterializedWeights::embedding(const at::Tensor& ids, ParameterId id) {
  return matrix_rows(id, ids).unsqueeze(0);
}

at::Tensor MaterializedWeights::rms_norm(const at::Tensor& x, ParameterId gain, double eps) {
  const ParameterId ids[] = {gain};
  return layers::rms_norm(x, vector(ids), eps);
}

at::Tensor MaterializedWeights::layer_norm(const at::Tensor& x, ParameterId gain, ParameterId bias,
                                           double eps) {
  const ParameterId gains[] = {gain}, biases[] = {bias};
  return layers::layer_norm(x, vector(gains), vector(biases), eps);
}

at::Tensor PlainWeights::matrix(std::span<const ParameterId> ids) {
  if (at::Tensor stacked = parameters_.stacked(ids); stacked.defined()) return stacked;
  std::vector<at::Tensor> parts;
  for (ParameterId id : ids) parts.push_back(parameters_[id].value);
  return at::cat(parts);
}

at::Tensor PlainWeights::matrix_rows(ParameterId id, const at::Tensor& rows) {
  return at::index_select(parameters_[id].value, 0, rows);
}

at::Tensor PlainWeights::vector(std::span<const ParameterId> ids) {
  if (ids.size() == 1) return parameters_[ids.front()].value;
  std::vector<at::Tensor> parts;
  for (ParameterId id : ids) parts.push_back(parameters_[id].value);
  return at::cat(parts);
}

float* Scratch::reserve(std::int64_t floats) {
  if (!memory_.defined() || memory_.numel() < floats) {
    memory_ = at::Tensor();  // the old block is given back before the new one is taken
    memory_ = huge_zeros(floats);
  }
  return memory_.mutable_data_ptr<float>();
}

at::Tensor PerturbedWeights::matrix(std::span<const ParameterId> ids) {
  const std::int64_t columns = parameters_[ids.front()].value.size(1);
  std::int64_t rows = 0;
  for (ParameterId id : ids) rows += parameters_[id].value.size(0);
  float* const memory = scratch_.reserve(rows * columns);
  float* out = memory;
  for (ParameterId id : ids) {
    const at::Tensor& theta = parameters_[id].value;
    direction_.perturb(theta, id, scale_, out);
    out += theta.numel();
  }
  return at::from_blob(memory, {rows, columns}, at::TensorOptions().dtype(at::kFloat));
}

at::Tensor PerturbedWeights::matrix_rows(ParameterId id, const at::Tensor& rows) {
  const at::Tensor& theta = parameters_[id].value;
  at::Tensor out = at::empty({rows.numel(), theta.size(1)}, at::kFloat);
  const std::int64_t* first = rows.const_data_ptr<std::int64_t>();
  direction_.perturb_rows(theta, id, {first, static_cast<std::size_t>(rows.numel())}, scale_,
                          out.mutable_data_ptr<float>());
  return out;
}

at::Tensor PerturbedWeights::vector(std::span<const ParameterId> ids) {
  std::int64_t length = 0;
  for (ParameterId id : ids) length += parameters_[id].value.numel();
  at::Tensor out = at::empty({length}, at::kFloat);
  float* next = out.mutable_data_ptr<float>();
  for (ParameterId id : ids) {
    direction_.perturb(parameters_[id].value, id, scale_, next);
    next += parameters_[id].value.numel();
  }
  return out;
}

}  // namespace trainbus
