#include "models/layers/activations.hpp"

#include "core/io/error.hpp"
#include "models/layers/layers.hpp"

namespace trainbus {

Activation activation_named(const std::string& name) {
  if (name == "relu") return Activation::Relu;
  if (name == "gelu") return Activation::Gelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast")
    return Activation::GeluTanh;
  if (name == "silu" || name == "swish") return Activation::Silu;
  throw UsageError("the activation function is '" + name +
                       "', expected relu, gelu, gelu_new, gelu_pytorch_tanh or silu",
                   "config.json", "Take a model with one of these.");
}

at::Tensor activate(Activation activation, at::Tensor x) {
  switch (activation) {
    case Activation::Relu:
      return layers::relu(std::move(x));
    case Activation::Gelu:
      return layers::gelu(std::move(x));
    case Activation::Silu:
      return layers::silu(std::move(x));
    case Activation::GeluTanh:
      break;
  }
  return layers::gelu_tanh(std::move(x));
}

}  // namespace trainbus
