// Layers without parameters of their own: own vector loops when nothing is recorded for gradients,
// LibTorch's differentiable operations when it is. Same mathematics, equal to rounding.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/export.hpp"

namespace trainbus::layers {

// x · rsqrt(mean(x², last) + eps) · gain; x [S, N, D], gain [D].
TRAINBUS_EXPORT at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain, double eps);

// silu(gate) · up, where x [S, N, 2F] holds gate and up side by side → [S, N, F].
TRAINBUS_EXPORT at::Tensor swiglu(const at::Tensor& x);

// Cosines and sines of rotary position embeddings in the half-rotation layout (arXiv 2104.09864, as
// Hugging Face computes them): each [positions, head_dim / 2] float32.
struct RotaryTable {
  at::Tensor cosines, sines;
};
TRAINBUS_EXPORT RotaryTable make_rotary_table(std::int64_t positions, std::int64_t head_dim,
                                              double base);

// What attention needs to know of its heads.
struct Heads {
  std::int64_t query = 1;      // H
  std::int64_t key_value = 1;  // H_kv, divides H
  std::int64_t dimension = 1;  // d
};

// Causal self-attention within each packed sequence, rotary embedding applied to queries and keys,
// scaled by 1/√d. qkv [S, N, (H + 2·H_kv)·d]: queries, keys, values side by side; offsets [B + 1].
// → [S, N, H·d].
TRAINBUS_EXPORT at::Tensor attention(const at::Tensor& qkv, const at::Tensor& offsets,
                                     const Heads& heads, const RotaryTable& rotary);

}  // namespace trainbus::layers
