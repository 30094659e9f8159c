// An observer plugin's instance as an Observer: its host services, and the calls of its C
// interface.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/bus/control.hpp"
#include "core/bus/observer.hpp"
#include "core/export.hpp"
#include "core/host/catalog.hpp"
#include "core/host/file_register.hpp"
#include "core/io/file_system.hpp"
#include "core/io/terminal.hpp"

namespace trainbus {

// Receives a plugin's output, if it does not go to this process's log and terminal. Any thread.
class TRAINBUS_EXPORT Outlet {
 public:
  virtual ~Outlet();
  virtual void log(std::int32_t level, std::string_view message) = 0;  // TB_LOG_…
  virtual std::uint32_t terminal_flags() = 0;                          // TB_TERMINAL_…
  virtual std::uint32_t columns() = 0;
  virtual void set_live(std::uint32_t row, std::string_view line) = 0;
  virtual void print(std::string_view line) = 0;
};

// The services that an instance gets. The references must outlive it.
struct HostServices {
  std::filesystem::path run_directory;  // absolute; empty: none
  FileSystem& files;
  Terminal& terminal;
  Outlet* outlet = nullptr;
  // Takes the requests of control observers; null: they are refused.
  ControlDesk* control = nullptr;
  // The register of files; null: one for the whole process. Must outlive the instance.
  FileClaims* claims = nullptr;
};

// Creates the instance (calls the plugin's create). Throws PluginError naming instance, file and
// the plugin's own message. Checks that process-wide state (floating-point environment, rounding,
// locale, signal dispositions, working directory, umask) was left as it was: restores it and warns.
TRAINBUS_EXPORT std::unique_ptr<Observer> make_plugin_observer(const Plugin& plugin,
                                                               std::string instance,
                                                               const OptionValues& options,
                                                               const HostServices& services);

}  // namespace trainbus
