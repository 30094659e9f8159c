#include "core/host/plugin_host.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/utf8.hpp"

namespace trainbus {
namespace {

const tb_extension stub = {sizeof(tb_extension)};

tb_text option_text(const tb_host* host, const char* name) {
  const std::string& value = PluginHost::of(host).option_value(name ? name : "");
  return {value.c_str(), value.size()};
}

void log_line(const tb_host* host, std::int32_t level, tb_text message) {
  answer(nullptr, [&] {
    const int known = std::clamp(level, std::int32_t{TB_LOG_DEBUG}, std::int32_t{TB_LOG_ERROR});
    if (Outlet* const outlet = PluginHost::of(host).outlet())
      return outlet->log(level, view(message));
    log::write(static_cast<log::Level>(known),
               PluginHost::of(host).name() + ": " + std::string(view(message)));
  });
}

const tb_extension* find_extension(const tb_host*, const char* id) {
  const std::string_view wanted = id ? id : "";
  if (wanted == TB_EXTENSION_FILE) return reinterpret_cast<const tb_extension*>(&host_file_api());
  if (wanted == TB_EXTENSION_OWNERSHIP)
    return reinterpret_cast<const tb_extension*>(&host_ownership_api());
  if (wanted == TB_EXTENSION_TERMINAL)
    return reinterpret_cast<const tb_extension*>(&host_terminal_api());
  if (wanted == TB_EXTENSION_CONTROL)
    return reinterpret_cast<const tb_extension*>(&host_control_api());
  if (wanted == TB_EXTENSION_HISTOGRAM)
    return reinterpret_cast<const tb_extension*>(&host_histogram_api());
  return &stub;
}

}  // namespace

PluginHost::PluginHost(std::string name, const OptionValues& values, const HostServices& services)
    : tb_host{},
      name_(std::move(name)),
      directory_(services.run_directory.string()),
      services_(services) {
  for (const Option& declared : values.schema())
    options_.emplace(declared.name, values.text(declared.name));
  size = sizeof(tb_host);
  abi_minor = TB_ABI_MINOR;
  instance = {name_.data(), name_.size()};
  run_directory = {directory_.data(), directory_.size()};
  option = option_text;
  log = log_line;
  extension = find_extension;
}

const std::string& PluginHost::option_value(std::string_view option_name) const {
  static const std::string& unknown = *new std::string;
  const auto found = options_.find(option_name);
  return found == options_.end() ? unknown : found->second;
}

std::filesystem::path PluginHost::resolve(std::string_view path) const {
  const std::filesystem::path wanted = std::filesystem::path(path).lexically_normal();
  if (wanted.empty()) throw UsageError("the path is empty", "", "Give a file's path.");
  if (wanted.is_absolute()) return wanted;
  if (directory_.empty())
    throw UsageError("this run keeps no files", std::string(path), "Give an absolute path.");
  if (*wanted.begin() == "..")
    throw UsageError("leads out of the run directory", std::string(path), "Give an absolute path.");
  return services_.run_directory / wanted;
}

bool PluginHost::is_below_run_directory(const std::filesystem::path& resolved) const {
  const std::filesystem::path& folder = services_.run_directory;
  return !folder.empty() &&
         std::mismatch(folder.begin(), folder.end(), resolved.begin(), resolved.end()).first ==
             folder.end();
}

void set_error(tb_error* error, std::string_view message) {
  if (!error) return;
  const std::size_t n = utf8_cut(message, sizeof error->message - 1);
  std::memcpy(error->message, message.data(), n);
  error->message[n] = '\0';
}

}  // namespace trainbus
