// Layers without parameters of their own: own vector loops for float32 on the CPU when nothing is
// recorded for gradients, LibTorch's operations otherwise. Same mathematics, equal to rounding.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/export.hpp"
#include "models/layers/activations.hpp"

namespace trainbus::layers {

// x · rsqrt(mean(x², last) + eps) · (weight + offset); x [S, N, D], weight [D].
TRAINBUS_EXPORT at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps,
                                    double offset = 0);

// (x − mean) · rsqrt(var + eps) · weight + bias over the last axis; x [S, N, D], weight and bias
// [D]; bias: undefined for none.
TRAINBUS_EXPORT at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight,
                                      const at::Tensor& bias, double eps);

// activation(gate) · up, where x [S, N, 2F] holds gate and up side by side → [S, N, F]
// (arXiv 2002.05202).
TRAINBUS_EXPORT at::Tensor gated(Activation activation, const at::Tensor& x);
// The same with silu: SwiGLU.
TRAINBUS_EXPORT at::Tensor swiglu(const at::Tensor& x);

// Elementwise activations; x, contiguous, may be overwritten.
// x · Φ(x), Φ the normal distribution's function (arXiv 1606.08415): "gelu".
TRAINBUS_EXPORT at::Tensor gelu(at::Tensor x);
// x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))): "gelu_new", "gelu_pytorch_tanh".
TRAINBUS_EXPORT at::Tensor gelu_tanh(at::Tensor x);
// max(x, 0).
TRAINBUS_EXPORT at::Tensor relu(at::Tensor x);
// x / (1 + e^−x).
TRAINBUS_EXPORT at::Tensor silu(at::Tensor x);
// cap · tanh(x / cap) (arXiv 2408.00118); cap 0: x as it is.
TRAINBUS_EXPORT at::Tensor softcap(at::Tensor x, double cap);

}  // namespace trainbus::layers
