#include "core/host/plugin_path.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

fs::path user_folder() {
  if (const auto data = environment("XDG_DATA_HOME"); !data.empty()) return data;
  if (const auto home = environment("HOME"); !home.empty()) return fs::path(home) / ".local/share";
  return {};
}

void add_colon_list(std::string_view list, std::vector<fs::path>& folders) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    folders.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

// Beside this library, for programs elsewhere that link an installed trainbus.
fs::path library_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&library_folder), &info) == 0 || !info.dli_fname) return {};
  return fs::path(info.dli_fname).parent_path() / "trainbus/plugins/1";
}

void add_own_folders(std::vector<fs::path>& folders) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path prefix = program.parent_path().parent_path();
    folders.push_back(prefix / TRAINBUS_PLUGIN_DIR);
    folders.push_back(prefix / "plugins");
  }
  folders.push_back(library_folder());
}

std::vector<fs::path> absolute_once(const std::vector<fs::path>& wanted) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const fs::path& folder : wanted) {
    if (folder.empty()) continue;
    const fs::path absolute = fs::absolute(folder, error).lexically_normal();
    if (!error && std::find(folders.begin(), folders.end(), absolute) == folders.end())
      folders.push_back(absolute);
  }
  return folders;
}

}  // namespace

std::vector<fs::path> own_plugin_path() {
  std::vector<fs::path> wanted;
  add_own_folders(wanted);
  return absolute_once(wanted);
}

std::vector<fs::path> plugin_search_path(const std::vector<fs::path>& extra) {
  std::vector<fs::path> wanted = extra;
  add_colon_list(environment("TRAINBUS_PLUGIN_PATH"), wanted);
  if (const fs::path user = user_folder(); !user.empty())
    wanted.push_back(user / "trainbus/plugins/1");
  add_own_folders(wanted);
  return absolute_once(wanted);
}

std::vector<std::string> plugin_ids(const fs::path& folder) {
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".so") ids.push_back(entry->path().stem().string());
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace trainbus
