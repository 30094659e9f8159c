#include "models/families/encoders/disentangled_attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "core/io/error.hpp"
#include "kernels/disentangled.hpp"

namespace trainbus {
namespace {

struct Inputs {
  at::Tensor query, key, value;             // [S, B, H, T, d]
  at::Tensor distance_query, distance_key;  // [S, 1, H, R, d]
  at::Tensor row_by_pair;                   // [T, T]
  at::Tensor padding;                       // [B, 1, 1, T]; undefined: there is none
};

double scale_of(const Disentangled& op) {
  const int products = 1 + (op.content_to_position ? 1 : 0) + (op.position_to_content ? 1 : 0);
  return 1 / std::sqrt(static_cast<double>(op.heads.dimension * products));
}

// Sequences of one length: → [S, B, H, T, d].
at::Tensor attend(const Inputs& in, const Disentangled& op) {
  at::Tensor scores = at::matmul(in.query, in.key.transpose(-1, -2));
  const auto chosen = [&](const at::Tensor& products_with_all, const at::Tensor& rows) {
    return at::gather(products_with_all, -1, rows.expand(scores.sizes()));
  };
  if (op.content_to_position)
    scores =
        scores + chosen(at::matmul(in.query, in.distance_key.transpose(-1, -2)), in.row_by_pair);
  if (op.position_to_content)
    scores = scores + chosen(at::matmul(in.key, in.distance_query.transpose(-1, -2)),
                             in.row_by_pair.transpose(0, 1))
                          .transpose(-1, -2);
  scores = scores.to(at::kFloat) * scale_of(op);
  if (in.padding.defined())
    scores = scores.masked_fill(in.padding, -std::numeric_limits<float>::infinity());
  return at::matmul(at::softmax(scores, -1).to(in.value.scalar_type()), in.value);
}

// x [S, B·T, n·H·d] → its n parts, each [S, B, H, T, d].
std::vector<at::Tensor> parts_of(const at::Tensor& x, std::int64_t sequences,
                                 const layers::Heads& heads) {
  const std::int64_t width = heads.query * heads.dimension;
  std::vector<at::Tensor> parts;
  for (std::int64_t begin = 0; begin < x.size(2); begin += width)
    parts.push_back(
        x.narrow(2, begin, width)
            .reshape({x.size(0), sequences, x.size(1) / sequences, heads.query, heads.dimension})
            .transpose(2, 3));
  return parts;
}

// B sequences of T tokens: query_key [S, B·T, 2·H·d] → [S, B·T, H·d].
at::Tensor of_one_length(const at::Tensor& query_key, const at::Tensor& value,
                         const at::Tensor& distances, const RelativeTable& table,
                         std::int64_t sequences, const at::Tensor& lengths,
                         const Disentangled& op) {
  const std::vector<at::Tensor> content = parts_of(query_key, sequences, op.heads);
  const std::vector<at::Tensor> relative = parts_of(distances, 1, op.heads);
  const std::int64_t tokens = value.size(1) / sequences;
  Inputs in{content[0],  content[1],  parts_of(value, sequences, op.heads)[0],
            relative[0], relative[1], table.by_pair(tokens),
            {}};
  if (lengths.defined())
    in.padding = (at::arange(tokens, lengths.options()).unsqueeze(0) >= lengths.unsqueeze(1))
                     .view({-1, 1, 1, tokens});
  return attend(in, op).transpose(2, 3).reshape(value.sizes());
}

// By trainbus's own loops, side by side: float32 on the CPU, nothing is recorded.
at::Tensor by_kernel(const at::Tensor& query_key, const at::Tensor& value,
                     const at::Tensor& distances, const RelativeTable& table, const Batch& batch,
                     const Disentangled& op) {
  const auto numbers = [](const at::Tensor& x) {
    return std::span(x.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(x.numel()));
  };
  at::Tensor out = at::empty(value.sizes(), value.options());
  for (std::int64_t s = 0; s < value.size(0); ++s) {
    const at::Tensor content = query_key[s].contiguous(), of_distances = distances[s].contiguous();
    kernels::disentangled_attention(content.const_data_ptr<float>(),
                                    value[s].const_data_ptr<float>(), numbers(batch.offsets),
                                    {.query_key = of_distances.const_data_ptr<float>(),
                                     .rows = distances.size(1),
                                     .by_distance = numbers(table.by_distance()),
                                     .queries = op.position_to_content,
                                     .keys = op.content_to_position},
                                    {.heads = op.heads.query,
                                     .head_dim = op.heads.dimension,
                                     .scale = static_cast<float>(scale_of(op))},
                                    out[s].mutable_data_ptr<float>());
  }
  return out;
}

}  // namespace

at::Tensor disentangled_attention(const at::Tensor& query_key, const at::Tensor& value,
                                  const at::Tensor& distances, const RelativeTable& table,
                                  const Batch& batch, const Disentangled& op) {
  const std::int64_t sequences = batch.offsets.numel() - 1;
  const bool recorded = at::GradMode::is_enabled() && value.requires_grad();
  if (!recorded && (!value.is_cpu() || batch.lengths.defined())) {
    if (padded_length(batch) == 0)
      throw RunError("sequences of several lengths, expected one", "attention",
                     "Pad the batch; see device/padded_batch.hpp.");
    return of_one_length(query_key, value, distances, table, sequences, batch.lengths, op);
  }
  if (!recorded && value.scalar_type() == at::kFloat)
    return by_kernel(query_key, value, distances, table, batch, op);
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  std::vector<at::Tensor> outputs;
  for (std::int64_t b = 0; b < sequences; ++b) {
    const std::int64_t begin = offsets[b], tokens = offsets[b + 1] - begin;
    outputs.push_back(of_one_length(query_key.narrow(1, begin, tokens),
                                    value.narrow(1, begin, tokens), distances, table, 1, {}, op));
  }
  return at::cat(outputs, 1);
}

}  // namespace trainbus
