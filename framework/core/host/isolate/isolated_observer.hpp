// An observer plugin in a process of its own: the training goes on whatever the plugin does,
// including a segmentation fault and exit().
#pragma once

#include <memory>
#include <string>

#include "core/export.hpp"
#include "core/host/isolate/isolation_limits.hpp"
#include "core/host/plugin_observer.hpp"

namespace trainbus {

// Starts the process and creates the instance in it. Throws PluginError as make_plugin_observer
// does. Sinks get events without waiting for each to be handled; metric observers are waited for.
// If a limit is exceeded, the process is killed, and on_event throws ObserverGone with the last
// step that the plugin handled. What the plugin prints goes to the log.
TRAINBUS_EXPORT std::unique_ptr<Observer> make_isolated_observer(
    const Plugin& plugin, std::string instance, const OptionValues& options,
    const HostServices& services, const IsolationLimits& limits = {});

}  // namespace trainbus
