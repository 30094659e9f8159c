#include "models/weights/weights.hpp"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <string>

#include "core/io/error.hpp"
#include "models/weights/direction.hpp"

namespace trainbus {

Weights::~Weights() = default;

ParameterIds::ParameterIds(std::initializer_list<ParameterId> ids) : count_(ids.size()) {
  if (ids.size() > most)
    throw RunError("a layer of " + std::to_string(ids.size()) + " parameters, at most " +
                       std::to_string(most) + " are stacked",
                   "model", "Split the layer.");
  std::copy(ids.begin(), ids.end(), ids_.begin());
}

void check_rows(std::span<const std::int64_t> rows, const Parameter& matrix) {
  const std::int64_t count = matrix.value.size(0);
  for (const std::int64_t row : rows)
    if (row < 0 || row >= count)
      throw RunError("row " + std::to_string(row) + " of '" + matrix.name +
                         "' was asked for, which has " + std::to_string(count) + " rows",
                     "model", "Take the tokenizer that belongs to the model.");
}

void check_rows(const at::Tensor& rows, const Parameter& matrix) {
  if (rows.is_cpu())
    check_rows({rows.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(rows.numel())},
               matrix);
}

at::Tensor Weights::attention(const at::Tensor& qkv, const Batch& batch, const AttentionOp& op) {
  return layers::attention(qkv, batch, op);
}

at::Tensor Weights::head_norm(at::Tensor qkv, const HeadNormOp& op) {
  const std::int64_t sides = qkv.size(0), tokens = qkv.size(1), d = op.heads.dimension;
  const auto part = [&](std::int64_t first, std::int64_t heads) {
    return qkv.narrow(2, first * d, heads * d);
  };
  const auto normed = [&](std::int64_t first, std::int64_t heads, ParameterId weight) {
    const at::Tensor x = part(first, heads).reshape({sides, tokens * heads, d});
    return rms_norm(x, weight, op.eps, op.offset).view({sides, tokens, heads * d});
  };
  const std::int64_t queries = op.heads.query, keys = op.heads.key_value;
  return at::cat(
      {normed(0, queries, op.query), normed(queries, keys, op.key), part(queries + keys, keys)}, 2);
}

Direction::~Direction() = default;

bool Direction::perturb_panel(const Parameter&, ParameterId, float, std::int64_t, std::int64_t,
                              float*) const {
  return false;
}

bool Direction::perturb_both_panels(const Parameter&, ParameterId, float, std::int64_t,
                                    std::int64_t, float*, float*) const {
  return false;
}

void Direction::perturb_range_both(const Parameter& theta, ParameterId id, float scale,
                                   std::int64_t begin, std::int64_t end, float* plus,
                                   float* minus) const {
  perturb_range(theta, id, scale, begin, end, plus);
  perturb_range(theta, id, -scale, begin, end, minus);
}

}  // namespace trainbus
