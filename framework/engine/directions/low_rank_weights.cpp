#include "engine/directions/low_rank_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

namespace trainbus {

void LowRankWeights::multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                              const at::Tensor& bias, bool accumulate, at::Tensor& y) {
  // One product for the tokens of all sides.
  const StackedMatrices matrices(parameters(), ids);
  const at::Tensor tokens = x.view({1, -1, x.size(2)});
  at::Tensor outputs = y.view({1, -1, y.size(2)});
  multiply_rows(tokens, PlainRows(matrices), {}, accumulate, outputs);
  if (bias.defined()) y.add_(bias.unsqueeze(1));

  const float scale = eps_ * direction_.factor_scale();
  std::int64_t first = 0;
  for (ParameterId id : ids) {
    const std::int64_t rows = parameters()[id].value.size(0);
    if (parameters()[id].trainable) {
      const at::Tensor u = direction_.u(id), v = direction_.v(id);
      for (std::int64_t side = 0; side < sides(); ++side) {
        at::Tensor part = y[side].narrow(1, first, rows);
        at::addmm_out(part, part, at::mm(x[side], v), u.t(), 1, side == 0 ? scale : -scale);
      }
    }
    first += rows;
  }
}

at::Tensor LowRankWeights::matrix_rows(ParameterId id, const at::Tensor& rows) {
  at::Tensor out = at::empty({sides(), rows.numel(), parameters()[id].value.size(1)}, at::kFloat);
  const std::span<const std::int64_t> selected(rows.const_data_ptr<std::int64_t>(),
                                               static_cast<std::size_t>(rows.numel()));
  for (std::int64_t side = 0; side < sides(); ++side)
    direction_.perturb_rows(parameters()[id], id, selected, side == 0 ? eps_ : -eps_,
                            out[side].mutable_data_ptr<float>());
  return out;
}

at::Tensor LowRankWeights::vector(std::span<const ParameterId> ids) {
  std::int64_t length = 0;
  for (ParameterId id : ids) length += parameters()[id].value.numel();
  at::Tensor out = at::empty({sides(), length}, at::kFloat);
  float* next = out.mutable_data_ptr<float>();
  for (std::int64_t side = 0; side < sides(); ++side)
    for (ParameterId id : ids) {
      direction_.perturb(parameters()[id], id, side == 0 ? eps_ : -eps_, next);
      next += parameters()[id].value.numel();
    }
  return out;
}

}  // namespace trainbus
