// Reads plugin files' descriptions without loading them: for lists, where a plugin that crashes,
// hangs or loads LibTorch must do no harm.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trainbus::cli {

struct ListedPlugin {
  std::string role;  // optimizer | reward | metric | control | sink
  std::string id, version, summary;
  std::filesystem::path file;
};

// The plugins of a file. engine_tag: the hash of this build's engine, empty if it has none. Throws
// PluginError if the file has no plugin that this trainbus can use.
std::vector<ListedPlugin> plugins_in(const std::filesystem::path& file,
                                     const std::string& engine_tag);

}  // namespace trainbus::cli
