// An observer plugin in a process of its own: whatever it does, segmentation fault and exit()
// included, the training goes on.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/export.hpp"
#include "core/host/plugin_observer.hpp"

namespace trainbus {

struct IsolationLimits {
  std::chrono::nanoseconds patience = std::chrono::seconds(2);     // to take an event, to emit
  std::chrono::nanoseconds hang_limit = std::chrono::seconds(30);  // to be done with one
};

// Starts the process and creates the instance in it. Throws PluginError as make_plugin_observer
// does. Sinks get events without waiting for each to be handled; metric observers are waited for.
// One that does not keep within the limits is ended with its process, and the bus is told
// ObserverGone, with the last step that it handled. What it prints becomes lines of the log.
TRAINBUS_EXPORT std::unique_ptr<Observer> make_isolated_observer(
    const Plugin& plugin, std::string instance, const OptionValues& options,
    const HostServices& services, const IsolationLimits& limits = {});

// The whole program trainbus-isolate: serves the observer at the other end of descriptor 3.
TRAINBUS_EXPORT int run_isolated_observer();

}  // namespace trainbus
