#include "models/layers/layers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

#include <utility>

#include "core/io/error.hpp"
#include "kernels/activations.hpp"
#include "kernels/gated.hpp"
#include "kernels/layer_norm.hpp"
#include "kernels/rms_norm.hpp"

namespace trainbus::layers {
namespace {

bool recorded(const at::Tensor& x) {
  return x.defined() && at::GradMode::is_enabled() && x.requires_grad();
}

// Whether LibTorch's operations have to be used.
bool by_torch(const at::Tensor& x) {
  return recorded(x) || !x.is_cpu() || x.scalar_type() != at::kFloat;
}

// x, contiguous, mapped where it lies.
at::Tensor in_place(void (*activation)(const float*, std::int64_t, float*), at::Tensor x) {
  float* const numbers = x.mutable_data_ptr<float>();
  activation(numbers, x.numel(), numbers);
  return x;
}

auto gate(Activation activation) {
  switch (activation) {
    case Activation::Silu:
      return kernels::swiglu;
    case Activation::Gelu:
      return kernels::geglu;
    case Activation::GeluTanh:
      return kernels::geglu_tanh;
    case Activation::Relu:
      break;
  }
  throw RunError("a gate with the activation relu", "model",
                 "Gates are computed with silu, gelu and gelu_new.");
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps, double offset) {
  if (recorded(x) || recorded(weight))
    return at::rms_norm(x, {x.size(-1)}, offset == 0 ? weight : weight + offset, eps);
  at::Tensor y = at::empty(x.sizes(), x.options());
  const std::int64_t width = x.size(-1);
  kernels::rms_norm(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                    static_cast<float>(eps), x.numel() / width, width, y.mutable_data_ptr<float>(),
                    static_cast<float>(offset));
  return y;
}

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      double eps) {
  const std::int64_t width = x.size(-1);
  if (recorded(x) || recorded(weight) || recorded(bias))
    return at::layer_norm(x, {width}, weight, bias, eps);
  at::Tensor y = at::empty(x.sizes(), x.options());
  kernels::layer_norm(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                      bias.defined() ? bias.const_data_ptr<float>() : nullptr,
                      static_cast<float>(eps), x.numel() / width, width,
                      y.mutable_data_ptr<float>());
  return y;
}

at::Tensor gated(Activation activation, const at::Tensor& x) {
  const std::int64_t width = x.size(-1) / 2;
  if (by_torch(x)) return activate(activation, x.narrow(-1, 0, width)) * x.narrow(-1, width, width);
  at::Tensor y = at::empty({x.size(0), x.size(1), width}, x.options());
  gate(activation)(x.const_data_ptr<float>(), x.size(0) * x.size(1), width,
                   y.mutable_data_ptr<float>());
  return y;
}

at::Tensor swiglu(const at::Tensor& x) { return gated(Activation::Silu, x); }

at::Tensor gelu(at::Tensor x) {
  return by_torch(x) ? at::gelu(x) : in_place(kernels::gelu, std::move(x));
}

at::Tensor gelu_tanh(at::Tensor x) {
  return by_torch(x) ? at::gelu(x, "tanh") : in_place(kernels::gelu_tanh, std::move(x));
}

at::Tensor relu(at::Tensor x) {
  return by_torch(x) ? at::relu(x) : in_place(kernels::relu, std::move(x));
}

at::Tensor silu(at::Tensor x) {
  return by_torch(x) ? at::silu(x) : in_place(kernels::silu, std::move(x));
}

at::Tensor softcap(at::Tensor x, double cap) {
  if (cap == 0) return x;
  if (by_torch(x)) return at::tanh(x / cap) * cap;
  float* const numbers = x.mutable_data_ptr<float>();
  kernels::softcap(numbers, x.numel(), static_cast<float>(cap), numbers);
  return x;
}

}  // namespace trainbus::layers
