// The activation functions that a config.json names.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/export.hpp"

namespace trainbus {

// See models/layers/layers.hpp for the formulas.
enum class Activation : std::uint8_t { Relu, Gelu, GeluTanh, Silu };

// relu, gelu (with erf), gelu_new and gelu_pytorch_tanh, silu and swish. Throws UsageError for
// other names.
TRAINBUS_EXPORT Activation activation_named(const std::string& name);

// Elementwise; x, contiguous, may be overwritten.
TRAINBUS_EXPORT at::Tensor activate(Activation activation, at::Tensor x);

}  // namespace trainbus
