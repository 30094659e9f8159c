// Creates the observers of a run from its plugins and adds them to its bus.
#pragma once

#include <span>

#include "core/bus/bus.hpp"
#include "core/export.hpp"
#include "core/host/isolate/isolated_observer.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/plan/run_plugins.hpp"

namespace trainbus {

// Adds an observer for each instance, in order, under the instance's name; optimizers are passed
// over. An observer with the option `isolate` gets a process of its own with these limits. What the
// services refer to must outlive the bus. Throws PluginError for a plugin that cannot be
// created, and UsageError for options that it refuses or a name that the bus already has; the
// observers before it stay.
TRAINBUS_EXPORT void add_observers(Bus& bus, std::span<const PluginInstance> plugins,
                                   const HostServices& services,
                                   const IsolationLimits& limits = {});

// Delivers the begin of the run to temporary instances of the control observers. One that throws
// cannot do its work in this run: then throws UsageError with its message, so that the run is
// refused before anything is written.
TRAINBUS_EXPORT void rehearse_controls(std::span<const PluginInstance> plugins,
                                       const HostServices& services, const Event& train_begin);

}  // namespace trainbus
