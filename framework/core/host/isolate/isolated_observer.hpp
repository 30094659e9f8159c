// An observer plugin in a process of its own: the training goes on whatever the plugin does,
// including a segmentation fault and exit().
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/export.hpp"
#include "core/host/plugin_observer.hpp"

namespace trainbus {

struct IsolationLimits {
  // To start its process and to create the instance: on a busy machine longer than an event takes.
  std::chrono::nanoseconds start_limit = std::chrono::seconds(30);
  std::chrono::nanoseconds patience = std::chrono::seconds(2);     // to accept an event, to emit
  std::chrono::nanoseconds hang_limit = std::chrono::seconds(30);  // to finish an event
};

// Starts the process and creates the instance in it. Throws PluginError as make_plugin_observer
// does. Sinks get events without waiting for each to be handled; metric observers are waited for.
// If a limit is exceeded, the process is killed, and on_event throws ObserverGone with the last
// step that the plugin handled. What the plugin prints goes to the log.
TRAINBUS_EXPORT std::unique_ptr<Observer> make_isolated_observer(
    const Plugin& plugin, std::string instance, const OptionValues& options,
    const HostServices& services, const IsolationLimits& limits = {});

// The main function of trainbus-isolate: runs the plugin for the training process at the other end
// of descriptor 3.
TRAINBUS_EXPORT int run_isolated_observer();

}  // namespace trainbus
