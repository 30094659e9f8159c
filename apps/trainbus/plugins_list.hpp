// plugins list: what can be used in a run, read from the files without loading any.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trainbus::cli {

void list_plugins(const std::vector<std::filesystem::path>& plugin_path,
                  const std::string& engine_tag);

}  // namespace trainbus::cli
