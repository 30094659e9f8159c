// Layers without parameters of their own: own vector loops for float32 on the CPU when nothing is
// recorded for gradients, LibTorch's operations otherwise. Same mathematics, equal to rounding.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/export.hpp"
#include "models/batch.hpp"

namespace trainbus::layers {

// x · rsqrt(mean(x², last) + eps) · weight; x [S, N, D], weight [D].
TRAINBUS_EXPORT at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

// (x − mean) · rsqrt(var + eps) · weight + bias over the last axis; x [S, N, D], weight and bias
// [D]; bias undefined: none.
TRAINBUS_EXPORT at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight,
                                      const at::Tensor& bias, double eps);

// silu(gate) · up, where x [S, N, 2F] holds gate and up side by side → [S, N, F].
TRAINBUS_EXPORT at::Tensor swiglu(const at::Tensor& x);

// Elementwise activations; x, contiguous, may be overwritten.
// x · Φ(x), Φ the normal distribution's function (arXiv 1606.08415): "gelu".
TRAINBUS_EXPORT at::Tensor gelu(at::Tensor x);
// x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))): "gelu_new", "gelu_pytorch_tanh".
TRAINBUS_EXPORT at::Tensor gelu_tanh(at::Tensor x);
// max(x, 0).
TRAINBUS_EXPORT at::Tensor relu(at::Tensor x);

// Cosines and sines of rotary position embeddings in the half-rotation layout (arXiv 2104.09864, as
// Hugging Face computes them): each [positions, head_dim / 2] float32. One thread.
struct RotaryTable {
  // Grown when longer sequences come, to at most `limit` positions.
  mutable at::Tensor cosines, sines;
  std::int64_t head_dim = 0;
  double base = 0;
  std::int64_t limit = 0;

  // Makes the table hold these positions, or as many as the limit allows: at least twice as many as
  // before, so that it seldom grows.
  TRAINBUS_EXPORT void reserve(std::int64_t positions) const;
  // The same in that device's memory, copied there once for each size. One thread.
  const RotaryTable& on(at::Device device) const;

 private:
  mutable std::shared_ptr<RotaryTable> elsewhere_;
  // Smaller ones: recorded work of a device may still read them.
  mutable std::vector<std::shared_ptr<RotaryTable>> earlier_;
};
// limit: 0: as many positions as given.
TRAINBUS_EXPORT RotaryTable make_rotary_table(std::int64_t positions, std::int64_t head_dim,
                                              double base, std::int64_t limit = 0);

// The heads of an attention layer.
struct Heads {
  std::int64_t query = 1;      // H
  std::int64_t key_value = 1;  // H_kv, divides H
  std::int64_t dimension = 1;  // d
};

enum class Attention {
  Causal,         // a token sees itself and what is before it, its sequence's prefix included
  Bidirectional,  // a token sees its whole sequence; a batch with prefixes is refused
};

// Self-attention within each packed sequence, scaled by 1/√d. qkv [S, N, (H + 2·H_kv)·d]: queries,
// keys, values side by side; of the batch, offsets and prefixes are read. With a rotary table,
// queries and keys are rotated by their positions (see token_positions). → [S, N, H·d].
// Throws RunError for sequences longer than the table. In another type or in a device's memory all
// sequences have one length; those with padding tell their lengths if the attention is
// bidirectional.
TRAINBUS_EXPORT at::Tensor attention(const at::Tensor& qkv, const Batch& batch, const Heads& heads,
                                     Attention kind, const RotaryTable* rotary = nullptr);

}  // namespace trainbus::layers
