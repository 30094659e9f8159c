// The host's services for one plugin instance: the implementation of its tb_host. Private to
// plugin_observer and reward_instance.
#pragma once

#include <trainbus/plugin.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "core/bus/event.hpp"
#include "core/host/option.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/io/error.hpp"

namespace trainbus {

// The plugin gets its address as tb_host, so it never moves. Functions that the plugin calls throw
// nothing: they report errors through tb_error, or do nothing.
class PluginHost : public tb_host {
 public:
  PluginHost(std::string name, const OptionValues& values, const HostServices& services);
  ~PluginHost();  // closes files that the plugin left open, and releases all of its claims
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  static PluginHost& of(const tb_host* host) {
    return *const_cast<PluginHost*>(static_cast<const PluginHost*>(host));
  }

  const std::string& option_value(std::string_view option_name) const;  // canonical; "" if unknown
  // Resolves a relative path against the run directory. Throws UsageError if there is none, or if
  // the path would lead out of it.
  std::filesystem::path resolve(std::string_view path) const;
  bool is_below_run_directory(const std::filesystem::path& resolved) const;
  // Claims a file for this instance. Throws UsageError if another writer has it.
  void claim(const std::filesystem::path& path);
  // Throws the error and keeps its message, since the plugin's buffer for messages is short.
  [[noreturn]] void refuse(const UsageError& error);
  std::string refusal();  // the first message; empty: nothing was refused
  FileSystem& files() { return services_.files; }
  Terminal& terminal() { return services_.terminal; }
  Outlet* outlet() { return services_.outlet; }
  FileClaims& claims() {
    return services_.claims ? *services_.claims : static_cast<FileClaims&>(process_file_register());
  }
  FileClaims::Writer writer() const { return {this, name_}; }
  const std::string& name() const { return name_; }

  // Null unless the plugin is a control observer.
  ControlDesk* control() { return control_; }
  void allow_control() { control_ = services_.control; }
  // Sets the event that the plugin is handling, for its scope. Only the thread that calls the
  // plugin sees it.
  class Handling {
   public:
    Handling(PluginHost& host, const Event& event) : host_(host) {
      host.thread_ = std::this_thread::get_id();
      host.event_ = &event;
    }
    ~Handling() { host_.event_ = nullptr; }
    Handling(const Handling&) = delete;
    Handling& operator=(const Handling&) = delete;

   private:
    PluginHost& host_;
  };
  const Event* event() const {
    return std::this_thread::get_id() == thread_ ? event_.load() : nullptr;
  }

  void keep_open(tb_file* file);
  bool has_open(const std::filesystem::path& path);
  static void close(tb_file* file);

 private:
  std::string name_;
  std::string directory_;
  std::map<std::string, std::string, std::less<>> options_;
  HostServices services_;
  ControlDesk* control_ = nullptr;
  std::atomic<std::thread::id> thread_;
  std::atomic<const Event*> event_ = nullptr;
  std::mutex mutex_;  // guards the members below: files are opened from any thread
  std::set<tb_file*> open_files_;
  std::string refusal_;
};

// A plugin's text, which may be null.
inline std::string_view view(tb_text text) {
  return text.data ? std::string_view(text.data, text.size) : std::string_view();
}

// Fills the plugin's buffer, cut between characters.
void set_error(tb_error* error, std::string_view message);

// Runs host code for a plugin: an exception's message goes to error, and TB_FAILED is returned.
template <class Call>
tb_status answer(tb_error* error, Call call) noexcept {
  try {
    call();
    return TB_OK;
  } catch (const std::exception& e) {
    set_error(error, e.what());
  } catch (...) {
    set_error(error, "unknown error");
  }
  return TB_FAILED;
}

const tb_file_api& host_file_api();
const tb_ownership_api& host_ownership_api();
const tb_terminal_api& host_terminal_api();
const tb_control_api& host_control_api();
const tb_histogram_api& host_histogram_api();

}  // namespace trainbus
