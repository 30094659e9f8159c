#include "models/layers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>

#include <cmath>

#include "kernels/attention.hpp"
#include "kernels/rms_norm.hpp"
#include "kernels/rotary.hpp"
#include "kernels/swiglu.hpp"

namespace trainbus::layers {
namespace {

bool recorded(const at::Tensor& x) { return at::GradMode::is_enabled() && x.requires_grad(); }

// x [H, T, d] → rotated; cosines, sines [T, d/2].
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
  const std::int64_t half = x.size(-1) / 2;
  const at::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  return at::cat({a * cosines - b * sines, b * cosines + a * sines}, -1);
}

// One sequence of one side: qkv [T, (H + 2·H_kv)·d] → [T, H·d].
at::Tensor attend(const at::Tensor& qkv, const Heads& heads, const RotaryTable& rotary) {
  const std::int64_t length = qkv.size(0), d = heads.dimension;
  const at::Tensor cosines = rotary.cosines.narrow(0, 0, length),
                   sines = rotary.sines.narrow(0, 0, length);
  const at::Tensor split = qkv.view({length, -1, d}).transpose(0, 1);  // [heads, T, d]
  const at::Tensor q = rotate(split.narrow(0, 0, heads.query), cosines, sines);
  const std::int64_t repeats = heads.query / heads.key_value;
  const at::Tensor k = rotate(split.narrow(0, heads.query, heads.key_value), cosines, sines)
                           .repeat_interleave(repeats, 0);
  const at::Tensor v =
      split.narrow(0, heads.query + heads.key_value, heads.key_value).repeat_interleave(repeats, 0);
  const at::Tensor y =
      at::scaled_dot_product_attention(q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), {}, 0.0,
                                       /*is_causal=*/true);
  return y.squeeze(0).transpose(0, 1).reshape({length, heads.query * d});
}

at::Tensor recorded_attention(const at::Tensor& qkv, const at::Tensor& offsets, const Heads& heads,
                              const RotaryTable& rotary) {
  const std::int64_t* begin = offsets.const_data_ptr<std::int64_t>();
  std::vector<at::Tensor> parts;
  for (std::int64_t b = 0; b + 1 < offsets.numel(); ++b)
    parts.push_back(attend(qkv[0].narrow(0, begin[b], begin[b + 1] - begin[b]), heads, rotary));
  return at::cat(parts).unsqueeze(0);
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain, double eps) {
  if (recorded(x) || recorded(gain)) return at::rms_norm(x, {x.size(-1)}, gain, eps);
  at::Tensor y = at::empty(x.sizes(), x.options());
  const std::int64_t width = x.size(-1);
  kernels::rms_norm(x.const_data_ptr<float>(), gain.const_data_ptr<float>(),
                    static_cast<float>(eps), x.numel() / width, width, y.mutable_data_ptr<float>());
  return y;
}

at::Tensor swiglu(const at::Tensor& x) {
  const std::int64_t width = x.size(-1) / 2;
  if (recorded(x)) return at::silu(x.narrow(-1, 0, width)) * x.narrow(-1, width, width);
  at::Tensor y = at::empty({x.size(0), x.size(1), width}, x.options());
  kernels::swiglu(x.const_data_ptr<float>(), x.size(0) * x.size(1), width,
                  y.mutable_data_ptr<float>());
  return y;
}

RotaryTable make_rotary_table(std::int64_t positions, std::int64_t head_dim, double base) {
  RotaryTable table{at::empty({positions, head_dim / 2}, at::kFloat),
                    at::empty({positions, head_dim / 2}, at::kFloat)};
  kernels::fill_rotary_table(positions, head_dim, base, table.cosines.mutable_data_ptr<float>(),
                             table.sines.mutable_data_ptr<float>());
  return table;
}

at::Tensor attention(const at::Tensor& qkv, const at::Tensor& offsets, const Heads& heads,
                     const RotaryTable& rotary) {
  if (recorded(qkv)) return recorded_attention(qkv, offsets, heads, rotary);
  const std::int64_t sides = qkv.size(0), tokens = qkv.size(1);
  at::Tensor y = at::empty({sides, tokens, heads.query * heads.dimension}, qkv.options());
  kernels::AttentionShape shape{heads.query, heads.key_value, heads.dimension};
  for (std::int64_t s = 0; s < sides; ++s)
    kernels::causal_attention(
        qkv[s].const_data_ptr<float>(),
        {offsets.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(offsets.numel())}, shape,
        rotary.cosines.const_data_ptr<float>(), rotary.sines.const_data_ptr<float>(),
        y[s].mutable_data_ptr<float>());
  return y;
}

}  // namespace trainbus::layers
