#include "models/layers/attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "kernels/attention.hpp"
#include "models/layers/layers.hpp"

namespace trainbus::layers {
namespace {

// The numbers of an index tensor, none if it is undefined.
std::span<const std::int64_t> numbers(const at::Tensor& x) {
  if (!x.defined()) return {};
  return {x.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(x.numel())};
}

void check_length(std::int64_t length, const RotaryTable* rotary) {
  if (!rotary || length <= rotary->positions()) return;
  throw RunError("a sequence of " + std::to_string(length) + " tokens for a model of " +
                     std::to_string(rotary->positions()) + " positions",
                 "attention", "Cut the prompts to what the model can take.");
}

// x [..., T, d] → its first numbers rotated as those of tokens [first, first + T).
at::Tensor rotate(const at::Tensor& x, const RotaryTable& table, std::int64_t first) {
  const std::int64_t length = x.size(-2), rotated = table.rotated(), half = rotated / 2;
  const at::Tensor cosines = table.cosines().narrow(0, first, length),
                   sines = table.sines().narrow(0, first, length);
  const at::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  std::vector<at::Tensor> parts = {a * cosines - b * sines, b * cosines + a * sines};
  if (rotated < x.size(-1)) parts.push_back(x.narrow(-1, rotated, x.size(-1) - rotated));
  return at::cat(parts, -1).to(x.scalar_type());
}

// Which of before + length keys each of `length` queries behind `before` others sees: [T, before +
// T] bool.
at::Tensor visible(std::int64_t before, std::int64_t length, const AttentionOp& op,
                   at::Device device) {
  const at::TensorOptions options = at::TensorOptions().dtype(at::kLong).device(device);
  const at::Tensor keys = at::arange(before + length, options).unsqueeze(0);
  const at::Tensor queries = at::arange(before, before + length, options).unsqueeze(1);
  if (op.kind == Attention::Bidirectional) return (keys - queries).abs() <= op.window / 2;
  const at::Tensor causal = keys <= queries;
  return op.window > 0 ? causal.logical_and(keys > queries - op.window) : causal;
}

// q [B, H, T, d], k, v [B, H_kv, U, d], mask broadcastable to [B, 1, T, U] or none → [B, H, T, d].
at::Tensor weighted_values(const at::Tensor& q, at::Tensor k, at::Tensor v,
                           std::optional<at::Tensor> mask, bool is_causal, const AttentionOp& op) {
  const double scale =
      op.scale != 0 ? op.scale : 1 / std::sqrt(static_cast<double>(op.heads.dimension));
  const std::int64_t repeats = op.heads.query / op.heads.key_value;
  if (op.softcap == 0)
    return at::scaled_dot_product_attention(q, k, v, mask, 0.0, is_causal, scale,
                                            /*enable_gqa=*/repeats > 1);
  k = k.repeat_interleave(repeats, 1);
  v = v.repeat_interleave(repeats, 1);
  at::Tensor scores = softcap(at::matmul(q, k.transpose(-1, -2)) * scale, op.softcap);
  if (is_causal) mask = visible(0, q.size(2), op, q.device());
  if (mask)
    scores = scores.masked_fill(mask->logical_not(), -std::numeric_limits<double>::infinity());
  return at::matmul(at::softmax(scores, -1), v);
}

// Queries, keys and values of heads, rotated: [B, heads, T, d] each.
struct Split {
  Split(const at::Tensor& qkv, std::int64_t length, const AttentionOp& op,
        const RotaryTable* rotary, std::int64_t before) {
    const std::int64_t d = op.heads.dimension, h = op.heads.query, kv = op.heads.key_value;
    const at::Tensor all = qkv.view({-1, length, h + 2 * kv, d}).transpose(1, 2);
    q = all.narrow(1, 0, h);
    k = all.narrow(1, h, kv);
    v = all.narrow(1, h + kv, kv);
    if (!rotary) return;
    q = rotate(q, *rotary, before);
    k = rotate(k, *rotary, before);
  }
  at::Tensor q, k, v;
};

// Rotated keys and values, [1, H_kv, T, d] each, or undefined: none.
struct Seen {
  at::Tensor keys, values;
};

// One sequence of one side: qkv [T, (H + 2·H_kv)·d] → [T, H·d]. Its own keys and values are added
// to `seen`.
at::Tensor attend(const at::Tensor& qkv, const AttentionOp& op, const RotaryTable* rotary,
                  Seen& seen) {
  const std::int64_t length = qkv.size(0);
  const std::int64_t before = seen.keys.defined() ? seen.keys.size(2) : 0;
  check_length(before + length, rotary);
  Split x(qkv, length, op, rotary, before);
  if (before) {
    x.k = at::cat({seen.keys, x.k}, 2);
    x.v = at::cat({seen.values, x.v}, 2);
  }
  seen = {x.k, x.v};
  const bool causal = op.kind == Attention::Causal;
  const bool masked = op.window > 0 || (causal && before);
  const at::Tensor y = weighted_values(
      x.q, x.k, x.v,
      masked ? std::optional(visible(before, length, op, qkv.device())) : std::nullopt,
      causal && !masked, op);
  return y.squeeze(0).transpose(0, 1).reshape({length, -1});
}

// Which keys each query of a sequence sees: [S·B or 1, 1, T or 1, T]; none: all that the kind of
// attention says. What is padded sees itself, so that no row is without keys.
std::optional<at::Tensor> padded_mask(const Batch& batch, const AttentionOp& op, std::int64_t sides,
                                      std::int64_t length, at::Device device) {
  std::optional<at::Tensor> mask;
  if (op.window > 0) mask = visible(0, length, op, device).view({1, 1, length, length});
  if (op.kind == Attention::Causal || !batch.lengths.defined()) return mask;
  const at::Tensor places = at::arange(length, batch.lengths.options());
  const at::Tensor text = (places.unsqueeze(0) < batch.lengths.unsqueeze(1))
                              .repeat({sides, 1})
                              .view({-1, 1, 1, length});
  if (!mask) return text;
  const at::Tensor itself = places.unsqueeze(0) == places.unsqueeze(1);
  return mask->logical_and(text).logical_or(itself);
}

// All sequences at once, in whatever type and memory: qkv [S, B·T, (H + 2·H_kv)·d] → [S, B·T, H·d].
at::Tensor padded_attention(const at::Tensor& qkv, const Batch& batch, const AttentionOp& op) {
  const std::int64_t sides = qkv.size(0), length = padded_length(batch);
  if (length == 0)
    throw RunError("sequences of several lengths, expected one", "attention",
                   "Pad the batch; see device/padded_batch.hpp.");
  const RotaryTable* rotary = op.rotary ? &op.rotary->for_length(length) : nullptr;
  if (rotary != op.rotary)  // how long each is without its padding is not known here
    throw RunError("padded sequences of " + std::to_string(length) +
                       " tokens, whose rotary embedding depends on the length of each",
                   "attention", "Use --device cpu, or shorter texts.");
  check_length(length, rotary);
  const Split x(qkv, length, op, rotary ? &rotary->on(qkv.device()) : nullptr, 0);
  const std::optional<at::Tensor> mask = padded_mask(batch, op, sides, length, qkv.device());
  const bool is_causal = op.kind == Attention::Causal && !mask;
  const at::Tensor y = weighted_values(x.q, x.k, x.v, mask, is_causal, op);
  return y.transpose(1, 2).reshape({sides, -1, op.heads.query * op.heads.dimension});
}

// A sequence that continues none and its continuations: [first, end) of the batch's sequences.
struct Group {
  std::size_t first, end;
  std::int64_t longest;  // tokens of the longest of them
};

std::vector<Group> groups_of(const Batch& batch) {
  const auto offsets = numbers(batch.offsets), prefixes = numbers(batch.prefixes);
  std::vector<Group> groups;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b];
    if (prefixes.empty() || prefixes[b] < 0) {
      groups.push_back({b, b + 1, length});
      continue;
    }
    const std::int64_t prefix =
        groups.empty() ? -1 : static_cast<std::int64_t>(groups.back().first);
    if (prefixes[b] != prefix)
      throw RunError("sequence " + std::to_string(b) + " continues sequence " +
                         std::to_string(prefixes[b]) + ", expected " + std::to_string(prefix),
                     "attention", "Put continuations right behind their prefix.");
    Group& group = groups.back();
    group.end = b + 1;
    group.longest =
        std::max(group.longest, offsets[group.first + 1] - offsets[group.first] + length);
  }
  return groups;
}

at::Tensor recorded_attention(const at::Tensor& qkv, const Batch& batch, const AttentionOp& op) {
  const std::span<const std::int64_t> offsets = numbers(batch.offsets);
  std::vector<at::Tensor> parts;
  for (const Group& group : groups_of(batch)) {
    const RotaryTable* rotary = op.rotary ? &op.rotary->for_length(group.longest) : nullptr;
    Seen of_prefix;
    for (std::size_t b = group.first; b < group.end; ++b) {
      Seen seen = of_prefix;
      parts.push_back(
          attend(qkv[0].narrow(0, offsets[b], offsets[b + 1] - offsets[b]), op, rotary, seen));
      if (b == group.first) of_prefix = seen;
    }
  }
  return at::cat(parts).unsqueeze(0);
}

// Sequences of the own loops with one table: those of some neighbouring groups.
struct Run {
  std::size_t first, end;
  const RotaryTable* rotary;
};

// Calls each(run): with one run for all, unless their tables differ.
template <class Each>
void for_each_run(const Batch& batch, const AttentionOp& op, const Each& each) {
  const auto all = static_cast<std::size_t>(batch.offsets.numel() - 1);
  const std::int64_t longest = longest_sequence(batch);
  if (!op.rotary || &op.rotary->for_length(longest) == op.rotary)
    return each(Run{0, all, op.rotary});
  for (const Group& group : groups_of(batch))
    each(Run{group.first, group.end, &op.rotary->for_length(group.longest)});
}

kernels::RotaryView view_of(const RotaryTable* rotary) {
  if (!rotary) return {};
  return {rotary->cosines().const_data_ptr<float>(), rotary->sines().const_data_ptr<float>(),
          rotary->positions(), rotary->rotated()};
}

// By the own loops, sequences [first, end) of one side; x and y are that side's.
void attend_run(const at::Tensor& x, const Batch& batch, const Run& run, const AttentionOp& op,
                at::Tensor& y) {
  const std::span<const std::int64_t> offsets = numbers(batch.offsets);
  const std::span<const std::int64_t> prefixes = numbers(batch.prefixes);
  const std::int64_t token = offsets[run.first];
  kernels::PackedSequences sequences{offsets.first(run.end + 1),
                                     prefixes.empty() ? prefixes : prefixes.first(run.end)};
  std::vector<std::int64_t> moved, moved_prefixes;
  if (run.first > 0) {  // counted from the run's first token and sequence
    for (std::size_t b = run.first; b <= run.end; ++b) moved.push_back(offsets[b] - token);
    for (std::size_t b = run.first; b < run.end && !prefixes.empty(); ++b)
      moved_prefixes.push_back(
          prefixes[b] < 0 ? -1 : prefixes[b] - static_cast<std::int64_t>(run.first));
    sequences = {moved, moved_prefixes};
  }
  kernels::attention(x.const_data_ptr<float>() + token * x.stride(0), sequences,
                     {.heads = op.heads.query,
                      .kv_heads = op.heads.key_value,
                      .head_dim = op.heads.dimension,
                      .scale = static_cast<float>(op.scale),
                      .causal = op.kind == Attention::Causal,
                      .window = op.window,
                      .softcap = static_cast<float>(op.softcap)},
                     view_of(run.rotary), y.mutable_data_ptr<float>() + token * y.stride(0));
}

}  // namespace

at::Tensor attention(const at::Tensor& qkv, const Batch& batch, const AttentionOp& op) {
  if (op.kind == Attention::Bidirectional && batch.prefixes.defined())
    throw RunError("shared prefixes in bidirectional attention, expected causal attention",
                   "attention", "Make the batch without prefixes.");
  const bool recorded = at::GradMode::is_enabled() && qkv.requires_grad();
  if (recorded) return recorded_attention(qkv, batch, op);
  const bool own = qkv.is_cpu() && qkv.scalar_type() == at::kFloat && !batch.lengths.defined();
  if (!own) return padded_attention(qkv, batch, op);
  at::Tensor y =
      at::empty({qkv.size(0), qkv.size(1), op.heads.query * op.heads.dimension}, qkv.options());
  for_each_run(batch, op, [&](const Run& run) {
    for (std::int64_t s = 0; s < qkv.size(0); ++s) {
      at::Tensor side = y[s];
      attend_run(qkv[s], batch, run, op, side);
    }
  });
  return y;
}

}  // namespace trainbus::layers
