// Layers without parameters of their own: own vector loops for float32 on the CPU when nothing is
// recorded for gradients, LibTorch's operations otherwise. Same mathematics, equal to rounding.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "core/export.hpp"
#include "models/batch.hpp"

namespace trainbus::layers {

// x · rsqrt(mean(x², last) + eps) · gain; x [S, N, D], gain [D].
TRAINBUS_EXPORT at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain, double eps);

// (x − mean) · rsqrt(var + eps) · gain + bias over the last axis; x [S, N, D], gain and bias [D].
TRAINBUS_EXPORT at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& gain,
                                      const at::Tensor& bias, double eps);

// silu(gate) · up, where x [S, N, 2F] holds gate and up side by side → [S, N, F].
TRAINBUS_EXPORT at::Tensor swiglu(const at::Tensor& x);

// Elementwise activations; x, contiguous, is given up and may be written to.
// x · Φ(x), Φ the normal distribution's function (arXiv 1606.08415): "gelu".
TRAINBUS_EXPORT at::Tensor gelu(at::Tensor x);
// x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))): "gelu_new", "gelu_pytorch_tanh".
TRAINBUS_EXPORT at::Tensor gelu_tanh(at::Tensor x);
// max(x, 0).
TRAINBUS_EXPORT at::Tensor relu(at::Tensor x);

// Cosines and sines of rotary position embeddings in the half-rotation layout (arXiv 2104.09864, as
// Hugging Face computes them): each [positions, head_dim / 2] float32.
struct RotaryTable {
  at::Tensor cosines, sines;
  // The same in that device's memory, copied there once. One thread.
  const RotaryTable& on(at::Device device) const;

 private:
  mutable std::shared_ptr<RotaryTable> elsewhere_;
};
TRAINBUS_EXPORT RotaryTable make_rotary_table(std::int64_t positions, std::int64_t head_dim,
                                              double base);

// What attention needs to know of its heads.
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
