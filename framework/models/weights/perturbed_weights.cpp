#include "models/weights/perturbed_weights.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include "models/weights/huge_memory.hpp"

namespace trainbus {
namespace {

// Rows of a matrix at θ + scale·z to out [C, columns].
void perturb_rows_to(float* out, const Parameters& parameters, const Direction& direction,
                     float scale, ParameterId id, const at::Tensor& rows) {
  const std::int64_t* first = rows.const_data_ptr<std::int64_t>();
  direction.perturb_rows(parameters[id], id, {first, static_cast<std::size_t>(rows.numel())}, scale,
                         out);
}

std::int64_t total_length(const Parameters& parameters, std::span<const ParameterId> ids) {
  std::int64_t length = 0;
  for (ParameterId id : ids) length += parameters[id].value.numel();
  return length;
}

// Whole parameters at θ + scale·z, one after another, to out.
void perturb_to(float* out, const Parameters& parameters, const Direction& direction, float scale,
                std::span<const ParameterId> ids) {
  for (ParameterId id : ids) {
    direction.perturb(parameters[id], id, scale, out);
    out += parameters[id].value.numel();
  }
}

}  // namespace

void PerturbedWeights::multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                                const at::Tensor& bias, bool accumulate, at::Tensor& y) {
  const StackedMatrices matrices(parameters(), ids);
  multiply_rows(x, PerturbedRows(matrices, direction_, scale_), bias, accumulate, y);
}

at::Tensor PerturbedWeights::matrix_rows(ParameterId id, const at::Tensor& rows) {
  at::Tensor out = at::empty({1, rows.numel(), parameters()[id].value.size(1)}, at::kFloat);
  perturb_rows_to(out.mutable_data_ptr<float>(), parameters(), direction_, scale_, id, rows);
  return out;
}

at::Tensor PerturbedWeights::vector(std::span<const ParameterId> ids) {
  at::Tensor out = at::empty({1, total_length(parameters(), ids)}, at::kFloat);
  perturb_to(out.mutable_data_ptr<float>(), parameters(), direction_, scale_, ids);
  return out;
}

float* Scratch::reserve(std::int64_t floats) {
  if (!memory_.defined() || memory_.numel() < floats) {
    memory_ = at::Tensor();  // the old block is given back before the new one is taken
    memory_ = huge_zeros(floats);
  }
  return memory_.mutable_data_ptr<float>();
}

void ScratchWeights::multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                              const at::Tensor& bias, bool accumulate, at::Tensor& y) {
  const std::int64_t outputs = y.size(2), inputs = x.size(2);
  float* const memory = scratch_.reserve(outputs * inputs);
  if (own_product_is_fast()) {
    const StackedMatrices matrices(parameters(), ids);
    multiply_rows(x, ScratchRows(matrices, direction(), scale(), memory), bias, accumulate, y);
    return;
  }
  perturb_to(memory, parameters(), direction(), scale(), ids);
  const at::Tensor w =
      at::from_blob(memory, {outputs, inputs}, at::TensorOptions().dtype(at::kFloat));
  multiply_matrix(x, w, bias, accumulate, y);
}

void DualWeights::multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                           const at::Tensor& bias, bool accumulate, at::Tensor& y) {
  const StackedMatrices matrices(parameters(), ids);
  multiply_rows(x, BothRows(matrices, direction_, eps_), bias, accumulate, y);
}

at::Tensor DualWeights::matrix_rows(ParameterId id, const at::Tensor& rows) {
  at::Tensor out = at::empty({2, rows.numel(), parameters()[id].value.size(1)}, at::kFloat);
  float* plus = out.mutable_data_ptr<float>();
  perturb_rows_to(plus, parameters(), direction_, eps_, id, rows);
  perturb_rows_to(plus + out.stride(0), parameters(), direction_, -eps_, id, rows);
  return out;
}

at::Tensor DualWeights::vector(std::span<const ParameterId> ids) {
  at::Tensor out = at::empty({2, total_length(parameters(), ids)}, at::kFloat);
  float* plus = out.mutable_data_ptr<float>();
  perturb_to(plus, parameters(), direction_, eps_, ids);
  perturb_to(plus + out.stride(0), parameters(), direction_, -eps_, ids);
  return out;
}

}  // namespace trainbus
