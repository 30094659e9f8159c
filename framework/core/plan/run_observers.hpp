// The observers of a run, made from its plugins and put on its bus.
#pragma once

#include <span>

#include "core/bus/bus.hpp"
#include "core/export.hpp"
#include "core/host/isolate/isolated_observer.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/plan/run_plugins.hpp"

namespace trainbus {

// Adds an observer for each instance, in order, under the instance's name; optimizers are passed
// over. One whose options say `isolate` gets a process of its own and is held to the limits. What
// the services refer to must outlive the bus. Throws PluginError for a plugin that cannot be
// created, and UsageError for options that it refuses or a name that is on the bus already; those
// before it stay.
TRAINBUS_EXPORT void add_observers(Bus& bus, std::span<const PluginInstance> plugins,
                                   const HostServices& services,
                                   const IsolationLimits& limits = {});

// Shows the begin of the run to the control observers of these plugins, to instances made for this
// alone: one that fails at it cannot do for this run what it is asked to do. Throws UsageError with
// what it says, so that the run is refused before anything is written.
TRAINBUS_EXPORT void rehearse_controls(std::span<const PluginInstance> plugins,
                                       const HostServices& services, const Event& train_begin);

}  // namespace trainbus
