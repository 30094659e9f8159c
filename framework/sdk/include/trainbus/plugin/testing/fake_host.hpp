// A host for tests: option values, a log, files and a terminal, all in memory.
#pragma once

#include <trainbus/plugin/host.hpp>
#include <trainbus/plugin/testing/canonical_option.hpp>
#include <trainbus/plugin/testing/fake_files.hpp>
#include <trainbus/plugin/testing/fake_services.hpp>
#include <trainbus/plugin/testing/fake_terminal.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trainbus::testing {

// Options have the defaults of the schema; set() takes a value as a user would type it. The plugin
// gets both in a host's canonical form (true|false, durations in seconds), but range and choices
// are not checked. One thread, but for the log.
class FakeHost {
 public:
  struct LogLine {
    std::int32_t level;
    std::string message;
  };

  explicit FakeHost(const tb_observer& observer, std::string instance = {})
      : FakeHost(instance.empty() ? observer.id : std::move(instance), observer.options,
                 observer.option_count) {}
  // For an instance of this name whose plugin has these options.
  FakeHost(std::string instance, const tb_option* const* options, std::size_t option_count)
      : instance_(std::move(instance)), options_(options), option_count_(option_count) {
    for (std::size_t i = 0; i < option_count_; ++i)
      values_[options_[i]->name] = canonical_option(*options_[i], options_[i]->fallback);
    raw_.owner = this;
    raw_.files = &files;
    raw_.terminal = &terminal;
    raw_.requests = &requests;
    raw_.size = sizeof(tb_host);
    raw_.abi_minor = TB_ABI_MINOR;
    raw_.instance = Text(instance_);
    raw_.run_directory = Text(run_directory_);
    raw_.option = option;
    raw_.log = log_line;
    raw_.extension = extension;
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  FakeHost& set(const std::string& option_name, std::string value) {
    for (std::size_t i = 0; i < option_count_; ++i)
      if (option_name == options_[i]->name) value = canonical_option(*options_[i], value);
    values_.at(option_name) = std::move(value);
    return *this;
  }
  // Empty: a run that keeps no files. The fake file service still works.
  FakeHost& run_directory(std::string path) {
    run_directory_ = std::move(path);
    raw_.run_directory = Text(run_directory_);
    return *this;
  }
  // Pretends to be an older host that does not know this extension.
  FakeHost& withhold(const char* id) { return withheld_.insert(id), *this; }

  FakeFiles files;
  FakeTerminal terminal;
  std::vector<ControlRequest> requests;  // of a control observer, in order
  // The buckets of the next on_histogram event; must outlive its publish.
  FakeHost& histogram(const tb_histogram& buckets) { return raw_.histogram = &buckets, *this; }
  std::vector<LogLine> log;
  // The number of log lines of at least this level that contain the text.
  std::size_t logged(std::string_view words, std::int32_t level = TB_LOG_DEBUG) const {
    std::size_t count = 0;
    for (const LogLine& line : log)
      count += line.level >= level && line.message.find(words) != line.message.npos;
    return count;
  }

  const tb_host& raw() const { return raw_; }
  // The C++ interface, for testing parts of a plugin directly.
  Host host() const { return Host(raw_, options_, option_count_); }

 private:
  struct Raw : FakeServices {
    FakeHost* owner;
  };
  static FakeHost& self(const tb_host* host) { return *static_cast<const Raw*>(host)->owner; }

  static tb_text option(const tb_host* host, const char* name) {
    const auto& values = self(host).values_;
    const auto found = values.find(name);
    return found == values.end() ? tb_text{"", 0} : Text(found->second);
  }
  static void log_line(const tb_host* host, std::int32_t level, tb_text message) {
    const std::lock_guard lock(self(host).log_mutex_);  // the log is for any thread
    self(host).log.push_back({level, std::string(view(message))});
  }
  static const tb_extension* extension(const tb_host* host, const char* id) {
    static constexpr tb_extension refused{sizeof(tb_extension)};
    if (self(host).withheld_.count(id)) return &refused;
    if (std::string_view(id) == TB_EXTENSION_FILE)
      return reinterpret_cast<const tb_extension*>(&fake_file_api);
    if (std::string_view(id) == TB_EXTENSION_TERMINAL)
      return reinterpret_cast<const tb_extension*>(&fake_terminal_api);
    if (std::string_view(id) == TB_EXTENSION_CONTROL)
      return reinterpret_cast<const tb_extension*>(&fake_control_api);
    if (std::string_view(id) == TB_EXTENSION_HISTOGRAM)
      return reinterpret_cast<const tb_extension*>(&fake_histogram_api);
    return &refused;
  }

  Raw raw_{};
  std::mutex log_mutex_;
  std::string instance_;
  std::string run_directory_ = "/fake/run";
  const tb_option* const* options_;
  std::size_t option_count_;
  std::map<std::string, std::string, std::less<>> values_;
  std::set<std::string, std::less<>> withheld_;
};

}  // namespace trainbus::testing
