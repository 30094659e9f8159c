// The folders that are searched for plugins.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trainbus {

// The catalog's search order: extra first, then TRAINBUS_PLUGIN_PATH, the user's folder, the folder
// of this installation, that of a build tree, and the one beside this library. Absolute paths,
// without duplicates.
std::vector<std::filesystem::path> plugin_search_path(
    const std::vector<std::filesystem::path>& extra);
// Only the last three, which hold the plugins of this installation.
std::vector<std::filesystem::path> own_plugin_path();

// The ids of all files NAME.so in a folder, sorted; none if it cannot be read.
std::vector<std::string> plugin_ids(const std::filesystem::path& folder);

}  // namespace trainbus
