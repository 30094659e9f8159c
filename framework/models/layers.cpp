#include "models/layers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "kernels/activations.hpp"
#include "kernels/attention.hpp"
#include "kernels/layer_norm.hpp"
#include "kernels/rms_norm.hpp"
#include "kernels/rotary.hpp"
#include "kernels/swiglu.hpp"

namespace trainbus::layers {
namespace {

bool recorded(const at::Tensor& x) { return at::GradMode::is_enabled() && x.requires_grad(); }

// Whether LibTorch's operations have to be used.
bool by_torch(const at::Tensor& x) {
  return recorded(x) || !x.is_cpu() || x.scalar_type() != at::kFloat;
}

// The numbers of an index tensor, none if it is undefined.
std::span<const std::int64_t> numbers(const at::Tensor& x) {
  if (!x.defined()) return {};
  return {x.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(x.numel())};
}

// x [H, T, d] → rotated; cosines, sines [T, d/2].
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
  const std::int64_t half = x.size(-1) / 2;
  const at::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  return at::cat({a * cosines - b * sines, b * cosines + a * sines}, -1);
}

// Rotated keys and values, [H_kv, T, d] each, or undefined: none.
struct Seen {
  at::Tensor keys, values;
};

// Which keys each of `length` queries behind `before` others sees.
at::Tensor causal_mask(std::int64_t before, std::int64_t length) {
  return at::ones({length, before + length}, at::kBool).tril(before);
}

void check_length(std::int64_t length, const RotaryTable* rotary) {
  if (!rotary || length <= rotary->cosines.size(0)) return;
  throw RunError("a sequence of " + std::to_string(length) + " tokens for a model of " +
                     std::to_string(rotary->cosines.size(0)) + " positions",
                 "attention", "Cut the prompts to what the model can take.");
}

// One sequence of one side: qkv [T, (H + 2·H_kv)·d] → [T, H·d]. Its own keys and values are added
// to `seen`.
at::Tensor attend(const at::Tensor& qkv, const Heads& heads, Attention kind,
                  const RotaryTable* rotary, Seen& seen) {
  const std::int64_t length = qkv.size(0), d = heads.dimension;
  const std::int64_t before = seen.keys.defined() ? seen.keys.size(1) : 0;
  const at::Tensor split = qkv.view({length, -1, d}).transpose(0, 1);  // [heads, T, d]
  at::Tensor q = split.narrow(0, 0, heads.query);
  at::Tensor k = split.narrow(0, heads.query, heads.key_value);
  at::Tensor v = split.narrow(0, heads.query + heads.key_value, heads.key_value);
  check_length(before + length, rotary);
  if (rotary) {
    const at::Tensor cosines = rotary->cosines.narrow(0, before, length),
                     sines = rotary->sines.narrow(0, before, length);
    q = rotate(q, cosines, sines);
    k = rotate(k, cosines, sines);
  }
  if (before) {
    k = at::cat({seen.keys, k}, 1);
    v = at::cat({seen.values, v}, 1);
  }
  seen = {k, v};
  const std::int64_t repeats = heads.query / heads.key_value;
  const at::Tensor y = at::scaled_dot_product_attention(
      q.unsqueeze(0), k.repeat_interleave(repeats, 0).unsqueeze(0),
      v.repeat_interleave(repeats, 0).unsqueeze(0),
      before ? std::optional(causal_mask(before, length)) : std::nullopt, 0.0,
      /*is_causal=*/kind == Attention::Causal && !before);
  return y.squeeze(0).transpose(0, 1).reshape({length, heads.query * d});
}

// Which keys of each sequence are no padding: [S·B, 1, 1, T]; undefined: all, or the mask does not
// matter.
std::optional<at::Tensor> padding_mask(const Batch& batch, Attention kind, std::int64_t sides,
                                       std::int64_t length) {
  if (kind == Attention::Causal || !batch.lengths.defined()) return std::nullopt;
  const at::Tensor mask =
      at::arange(length, batch.lengths.options()).unsqueeze(0) < batch.lengths.unsqueeze(1);
  return mask.repeat({sides, 1}).view({-1, 1, 1, length});
}

// All sequences at once, in whatever type and memory: qkv [S, B·T, (H + 2·H_kv)·d] → [S, B·T, H·d].
at::Tensor padded_attention(const at::Tensor& qkv, const Batch& batch, const Heads& heads,
                            Attention kind, const RotaryTable* rotary) {
  const std::int64_t sides = qkv.size(0), length = padded_length(batch), d = heads.dimension;
  if (length == 0)
    throw RunError("sequences of several lengths, expected one", "attention",
                   "Pad the batch; see device/padded_batch.hpp.");
  check_length(length, rotary);
  const at::Tensor split = qkv.view({-1, length, qkv.size(2) / d, d}).transpose(1, 2);
  at::Tensor q = split.narrow(1, 0, heads.query);
  at::Tensor k = split.narrow(1, heads.query, heads.key_value);
  const at::Tensor v = split.narrow(1, heads.query + heads.key_value, heads.key_value);
  if (rotary) {
    const RotaryTable& table = rotary->on(qkv.device());
    const at::Tensor cosines = table.cosines.narrow(0, 0, length),
                     sines = table.sines.narrow(0, 0, length);
    q = rotate(q, cosines, sines).to(qkv.scalar_type());
    k = rotate(k, cosines, sines).to(qkv.scalar_type());
  }
  const at::Tensor y =
      at::scaled_dot_product_attention(q, k, v, padding_mask(batch, kind, sides, length), 0.0,
                                       /*is_causal=*/kind == Attention::Causal, std::nullopt,
                                       /*enable_gqa=*/heads.query != heads.key_value);
  return y.transpose(1, 2).reshape({sides, -1, heads.query * d});
}

at::Tensor recorded_attention(const at::Tensor& qkv, const Batch& batch, const Heads& heads,
                              Attention kind, const RotaryTable* rotary) {
  const std::span<const std::int64_t> offsets = numbers(batch.offsets);
  const std::span<const std::int64_t> prefixes = numbers(batch.prefixes);
  std::vector<at::Tensor> parts;
  std::int64_t prefix = -1;  // the last sequence that continues none
  Seen of_prefix;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const bool continues = !prefixes.empty() && prefixes[b] >= 0;
    if (continues && prefixes[b] != prefix)
      throw RunError("sequence " + std::to_string(b) + " continues sequence " +
                         std::to_string(prefixes[b]) + ", expected " + std::to_string(prefix),
                     "attention", "Put continuations right behind their prefix.");
    if (!continues) prefix = static_cast<std::int64_t>(b);
    Seen seen = continues ? of_prefix : Seen{};
    parts.push_back(attend(qkv[0].narrow(0, offsets[b], offsets[b + 1] - offsets[b]), heads, kind,
                           rotary, seen));
    if (!continues) of_prefix = seen;
  }
  return at::cat(parts).unsqueeze(0);
}

// x, contiguous, mapped where it lies.
at::Tensor in_place(void (*activation)(const float*, std::int64_t, float*), at::Tensor x) {
  float* const numbers = x.mutable_data_ptr<float>();
  activation(numbers, x.numel(), numbers);
  return x;
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  if (recorded(x) || recorded(weight)) return at::rms_norm(x, {x.size(-1)}, weight, eps);
  at::Tensor y = at::empty(x.sizes(), x.options());
  const std::int64_t width = x.size(-1);
  kernels::rms_norm(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                    static_cast<float>(eps), x.numel() / width, width, y.mutable_data_ptr<float>());
  return y;
}

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      double eps) {
  const std::int64_t width = x.size(-1);
  if (recorded(x) || recorded(weight) || (bias.defined() && recorded(bias)))
    return at::layer_norm(x, {width}, weight, bias, eps);
  const at::Tensor shift = bias.defined() ? bias : at::zeros({width}, x.options());
  at::Tensor y = at::empty(x.sizes(), x.options());
  kernels::layer_norm(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                      shift.const_data_ptr<float>(), static_cast<float>(eps), x.numel() / width,
                      width, y.mutable_data_ptr<float>());
  return y;
}

at::Tensor swiglu(const at::Tensor& x) {
  const std::int64_t width = x.size(-1) / 2;
  if (by_torch(x)) return at::silu(x.narrow(-1, 0, width)) * x.narrow(-1, width, width);
  at::Tensor y = at::empty({x.size(0), x.size(1), width}, x.options());
  kernels::swiglu(x.const_data_ptr<float>(), x.size(0) * x.size(1), width,
                  y.mutable_data_ptr<float>());
  return y;
}

at::Tensor gelu(at::Tensor x) {
  return by_torch(x) ? at::gelu(x) : in_place(kernels::gelu, std::move(x));
}

at::Tensor gelu_tanh(at::Tensor x) {
  return by_torch(x) ? at::gelu(x, "tanh") : in_place(kernels::gelu_tanh, std::move(x));
}

at::Tensor relu(at::Tensor x) {
  return by_torch(x) ? at::relu(x) : in_place(kernels::relu, std::move(x));
}

const RotaryTable& RotaryTable::on(at::Device device) const {
  if (device == cosines.device()) return *this;
  if (!elsewhere_ || elsewhere_->cosines.device() != device) {
    elsewhere_ = std::make_shared<RotaryTable>();
    elsewhere_->cosines = cosines.to(device);
    elsewhere_->sines = sines.to(device);
  }
  return *elsewhere_;
}

RotaryTable make_rotary_table(std::int64_t positions, std::int64_t head_dim, double base,
                              std::int64_t limit) {
  RotaryTable table;
  table.head_dim = head_dim;
  table.base = base;
  table.limit = std::max(positions, limit);
  table.cosines = at::empty({positions, head_dim / 2}, at::kFloat);
  table.sines = at::empty({positions, head_dim / 2}, at::kFloat);
  kernels::fill_rotary_table(positions, head_dim, base, table.cosines.mutable_data_ptr<float>(),
                             table.sines.mutable_data_ptr<float>());
  return table;
}

void RotaryTable::reserve(std::int64_t positions) const {
  const std::int64_t before = cosines.size(0);
  if (positions <= before || before >= limit) return;
  const RotaryTable larger =
      make_rotary_table(std::min(limit, std::max(positions, 2 * before)), head_dim, base);
  cosines = larger.cosines;
  sines = larger.sines;
  if (elsewhere_) earlier_.push_back(std::move(elsewhere_));
}

at::Tensor attention(const at::Tensor& qkv, const Batch& batch, const Heads& heads, Attention kind,
                     const RotaryTable* rotary) {
  if (kind == Attention::Bidirectional && batch.prefixes.defined())
    throw RunError("shared prefixes in bidirectional attention, expected causal attention",
                   "attention", "Make the batch without prefixes.");
  if (recorded(qkv)) return recorded_attention(qkv, batch, heads, kind, rotary);
  if (by_torch(qkv) || batch.lengths.defined())
    return padded_attention(qkv, batch, heads, kind, rotary);
  at::Tensor y =
      at::empty({qkv.size(0), qkv.size(1), heads.query * heads.dimension}, qkv.options());
  kernels::RotaryView angles;
  if (rotary)
    angles = {rotary->cosines.const_data_ptr<float>(), rotary->sines.const_data_ptr<float>(),
              rotary->cosines.size(0)};
  for (std::int64_t s = 0; s < qkv.size(0); ++s)
    kernels::attention(qkv[s].const_data_ptr<float>(),
                       {numbers(batch.offsets), numbers(batch.prefixes)},
                       {.heads = heads.query,
                        .kv_heads = heads.key_value,
                        .head_dim = heads.dimension,
                        .causal = kind == Attention::Causal},
                       angles, y[s].mutable_data_ptr<float>());
  return y;
}

}  // namespace trainbus::layers
