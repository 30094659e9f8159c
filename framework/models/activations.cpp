#include "models/activations.hpp"

#include "core/error.hpp"
#include "models/layers.hpp"

namespace trainbus {

Activation activation_named(const std::string& name) {
  if (name == "relu") return layers::relu;
  if (name == "gelu") return layers::gelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return layers::gelu_tanh;
  throw UsageError("the activation function is '" + name +
                       "', expected relu, gelu, gelu_new or gelu_pytorch_tanh",
                   "config.json", "Take a model with one of these.");
}

}  // namespace trainbus
