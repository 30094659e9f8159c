#include "core/plan/run_observers.hpp"

#include "core/bus/delivery_options.hpp"

namespace trainbus {

void add_observers(Bus& bus, std::span<const PluginInstance> plugins, const HostServices& services,
                   const IsolationLimits& limits) {
  for (const PluginInstance& instance : plugins) {
    if (instance.is_optimizer()) continue;
    const Plugin& plugin = *instance.plugin;
    const bool isolated = intake_from(instance.options, plugin.options()).isolated;
    bus.add(isolated
                ? make_isolated_observer(plugin, instance.name, instance.options, services, limits)
                : make_plugin_observer(plugin, instance.name, instance.options, services));
  }
}

}  // namespace trainbus
