// Optimizers loaded as in a run: from the built plugins, through the catalog.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/host/catalog.hpp"
#include "engine/optimizer.hpp"

namespace trainbus::testing {

inline std::unique_ptr<Optimizer> make_optimizer(const std::string& id,
                                                 const std::map<std::string, std::string>& values) {
  static Catalog catalog({TRAINBUS_BINARY_DIR "/plugins"}, engine_tag());
  const Plugin& plugin = catalog.load(id);
  OptionValues options(id, plugin.options());
  for (const auto& [name, value] : values) options.set(name, value, "test");
  return optimizer_factory(plugin)(options);
}

}  // namespace trainbus::testing
