#include "engine/optimizer.hpp"

#include <string_view>

#include "core/error.hpp"

#define TRAINBUS_TEXT_OF(x) #x
#define TRAINBUS_TEXT(x) TRAINBUS_TEXT_OF(x)

namespace trainbus {

Optimizer::~Optimizer() = default;

void Optimizer::check(const Parameters& parameters) const {
  if (parameters.format() != kernels::Format::Float32)
    throw UsageError("this optimizer trains float32 parameters only", "--dtype",
                     "Leave --dtype out, or train with mezo.");
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
