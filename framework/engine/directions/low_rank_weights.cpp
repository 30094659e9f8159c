#include "engine/directions/low_rank_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

namespace trainbus {

void LowRankWeights::multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                              const at::Tensor& bias, bool accumulate, at::Tensor& y) {
  // One product for the tokens of both sides.
  const StackedMatrices matrices(parameters(), ids);
  const at::Tensor tokens = x.view({1, -1, x.size(2)});
  at::Tensor outputs = y.view({1, -1, y.size(2)});
  multiply_rows(tokens, PlainRows(matrices), {}, accumulate, outputs);
  if (bias.defined()) y.add_(bias.unsqueeze(1));

  const float scale = eps_ * direction_.factor_scale();
  for (std::int64_t side = 0; side < 2; ++side) {
    std::int64_t first = 0;
    for (ParameterId id : ids) {
      const at::Tensor& u = direction_.u(id);
      at::Tensor part = y[side].narrow(1, first, u.size(0));
      first += u.size(0);
      if (!parameters()[id].trainable) continue;
      at::addmm_out(part, part, at::mm(x[side], direction_.v(id)), u.t(), 1,
                    side == 0 ? scale : -scale);
    }
  }
}

at::Tensor LowRankWeights::matrix_rows(ParameterId id, const at::Tensor& rows) {
  at::Tensor out = at::empty({2, rows.numel(), parameters()[id].value.size(1)}, at::kFloat);
  const std::span<const std::int64_t> selected(rows.const_data_ptr<std::int64_t>(),
                                               static_cast<std::size_t>(rows.numel()));
  float* plus = out.mutable_data_ptr<float>();
  direction_.perturb_rows(parameters()[id], id, selected, eps_, plus);
  direction_.perturb_rows(parameters()[id], id, selected, -eps_, plus + out.stride(0));
  return out;
}

at::Tensor LowRankWeights::vector(std::span<const ParameterId> ids) {
  std::int64_t length = 0;
  for (ParameterId id : ids) length += parameters()[id].value.numel();
  at::Tensor out = at::empty({2, length}, at::kFloat);
  float* plus = out.mutable_data_ptr<float>();
  for (ParameterId id : ids) {
    direction_.perturb(parameters()[id], id, eps_, plus);
    direction_.perturb(parameters()[id], id, -eps_, plus + length);
    plus += parameters()[id].value.numel();
  }
  return out;
}

}  // namespace trainbus
