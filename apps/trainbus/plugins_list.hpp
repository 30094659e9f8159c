// plugins list: the available plugins, read from their files without loading them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trainbus::cli {

void list_plugins(const std::vector<std::filesystem::path>& plugin_path,
                  const std::string& engine_tag);

}  // namespace trainbus::cli
