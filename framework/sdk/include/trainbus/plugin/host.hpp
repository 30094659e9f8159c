// The host as a plugin sees it: option values, the log, the run directory, services.
#pragma once

#include <trainbus/plugin/file.hpp>
#include <trainbus/plugin/histogram.hpp>
#include <trainbus/plugin/terminal.hpp>
#include <trainbus/plugin/text.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace trainbus {
inline namespace plugin_v1 {

// Cheap to copy; a copy may be kept as long as the instance lives. Options are read in the
// constructor only (main thread); logging and services work from any thread.
class Host {
 public:
  // options: the schema of the plugin, to catch a name that it does not declare.
  Host(const tb_host& raw, const tb_option* const* options, std::size_t option_count)
      : raw_(&raw), options_(options), option_count_(option_count) {}

  // This instance's name: the plugin's id, or what the user gave as NAME=ID.
  std::string_view instance() const { return view(raw_->instance); }
  // Absolute; empty if this run keeps no files.
  std::string_view run_directory() const { return view(raw_->run_directory); }
  std::uint32_t abi_minor() const { return raw_->abi_minor; }

  // The checked value of an option, in canonical form and zero-terminated; it lives as long as the
  // instance. Throws if the plugin's schema has no option of that name.
  std::string_view option(const char* name) const {
    for (std::size_t i = 0; i < option_count_; ++i)
      if (std::string_view(options_[i]->name) == name) return view(raw_->option(raw_, name));
    throw std::logic_error("the plugin reads option " + std::string(name) +
                           ", which its schema does not declare");
  }
  // An int, real or duration (in seconds) option. Throws if it is not a number that T can hold.
  template <class T>
  T number(const char* name) const {
    const std::string_view text = option(name);
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      throw std::runtime_error("option " + std::string(name) + " is \"" + std::string(text) +
                               "\", which the plugin cannot read as a number of its type");
    return value;
  }
  // A bool option.
  bool flag(const char* name) const { return option(name) == "true"; }

  void debug(Text message) const { raw_->log(raw_, TB_LOG_DEBUG, message); }
  void info(Text message) const { raw_->log(raw_, TB_LOG_INFO, message); }
  void warning(Text message) const { raw_->log(raw_, TB_LOG_WARNING, message); }
  void error(Text message) const { raw_->log(raw_, TB_LOG_ERROR, message); }

  // Crash-safe file I/O below the run directory. Throws if the host has no such service.
  Files files() const { return Files(*raw_); }
  // The screen. On a host without one it is not interactive and lines go to the log.
  Terminal terminal() const { return Terminal(*raw_); }
  // The buckets of the current on_histogram event. Throws for other events, or if the host has no
  // such service.
  Histogram histogram(const Event& event) const {
    return detail::read_histogram(*raw_, event.raw());
  }
  // An extension of the host by its id, or null if this host does not know it or knows an older,
  // shorter form than the struct that this plugin was built with.
  template <class Api>
  const Api* extension(const char* id) const {
    return detail::host_extension<Api>(*raw_, id);
  }

  const tb_host& raw() const { return *raw_; }

 private:
  const tb_host* raw_;
  const tb_option* const* options_;
  std::size_t option_count_;
};

}  // namespace plugin_v1
}  // namespace trainbus
