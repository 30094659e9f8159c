#include "core/plan/run_observers.hpp"

#include "core/bus/delivery_options.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

// Discards the output of temporary instances, which the lasting instances repeat.
class Silence final : public Outlet {
 public:
  void log(std::int32_t, std::string_view) override {}
  std::uint32_t terminal_flags() override { return 0; }
  std::uint32_t columns() override { return 0; }
  void set_live(std::uint32_t, std::string_view) override {}
  void print(std::string_view) override {}
};

}  // namespace

void add_observers(Bus& bus, std::span<const PluginInstance> plugins, const HostServices& services,
                   const IsolationLimits& limits) {
  for (const PluginInstance& instance : plugins) {
    if (!instance.plugin->observer) continue;
    const Plugin& plugin = *instance.plugin;
    const bool isolated = intake_from(instance.options, plugin.options()).isolated;
    bus.add(isolated
                ? make_isolated_observer(plugin, instance.name, instance.options, services, limits)
                : make_plugin_observer(plugin, instance.name, instance.options, services));
  }
}

void rehearse_controls(std::span<const PluginInstance> plugins, const HostServices& services,
                       const Event& train_begin) {
  Silence silence;
  ControlDesk desk;
  HostServices apart = services;
  apart.outlet = &silence;
  apart.control = &desk;
  desk.open();
  for (const PluginInstance& instance : plugins) {
    if (!instance.plugin->observer || instance.plugin->observer->role != TB_ROLE_CONTROL) continue;
    const auto observer =
        make_plugin_observer(*instance.plugin, instance.name, instance.options, apart);
    if (!observer->wants(EventKind::TrainBegin)) continue;
    Event seen = train_begin;
    try {
      observer->on_event(seen);
    } catch (const std::exception& error) {
      throw UsageError(error.what(), instance.name,
                       "Or leave it out with --without " + instance.name + ".");
    }
  }
}

}  // namespace trainbus
