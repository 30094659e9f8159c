// The activation functions that a config.json names.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace trainbus {

// See models/layers.hpp: the tensor is given up.
using Activation = at::Tensor (*)(at::Tensor x);

// relu, gelu (with erf), gelu_new and gelu_pytorch_tanh. Throws UsageError for other names.
Activation activation_named(const std::string& name);

}  // namespace trainbus
