#include "engine/optimizer.hpp"

#include <ATen/ops/full.h>

#include <string_view>

#include "core/io/error.hpp"

#define TRAINBUS_TEXT_OF(x) #x
#define TRAINBUS_TEXT(x) TRAINBUS_TEXT_OF(x)

namespace trainbus {

Optimizer::~Optimizer() = default;

void Optimizer::check(const Parameters& parameters) const {
  if (parameters.format() != kernels::Format::Float32)
    throw UsageError("this optimizer trains float32 parameters only", "--dtype",
                     "Leave --dtype out, or train with mezo.");
}

std::optional<LossPlan> Optimizer::plan_losses(const Parameters&, std::uint64_t,
                                               std::uint64_t) const {
  return std::nullopt;
}

std::optional<OptimizerState> Optimizer::state(const Parameters&) const { return std::nullopt; }

void Optimizer::restore(const OptimizerState&, const Parameters&) {
  throw RunError("this optimizer cannot resume from a checkpoint", "optimizer",
                 "It has to implement state() and restore(); see engine/optimizer.hpp.");
}

StepDevice::~StepDevice() = default;

DeviceRule Optimizer::device_rule() const {
  throw UsageError("this optimizer cannot run on a GPU", "--device",
                   "Train on the CPU, or with mezo.");
}

const at::Tensor& state_tensor(const OptimizerState& state, const std::string& name,
                               at::IntArrayRef sizes, at::ScalarType type) {
  const auto found = state.find(name);
  const bool there = found != state.end();
  if (there && found->second.sizes() == sizes && found->second.scalar_type() == type)
    return found->second;
  throw RunError("the optimizer's state " + (there ? "has another shape or type for '" + name + "'"
                                                   : "lacks '" + name + "'"),
                 "checkpoint", "Resume with the optimizer and the options of the run.");
}

at::Tensor state_number(double value) {
  return at::full({}, value, at::TensorOptions().dtype(at::kDouble));
}

double state_number(const OptimizerState& state, const std::string& name) {
  return state_tensor(state, name, {}, at::kDouble).item<double>();
}

OptimizerFactory optimizer_factory(const Plugin& plugin) {
  if (!plugin.engine || std::string_view(plugin.engine->kind) != "optimizer")
    throw PluginError(
        "'" + plugin.id + "' is a " + std::string(plugin.role()) + ", expected an optimizer",
        plugin.file.string(), "See `trainbus plugins list`.");
  return reinterpret_cast<OptimizerFactory>(plugin.engine->create);
}

std::string engine_tag() {
  constexpr std::string_view symbol = TRAINBUS_TEXT(TRAINBUS_ENGINE_SYMBOL);
  return std::string(symbol.substr(symbol.rfind('_') + 1));
}

}  // namespace trainbus
