// Where plugins are looked for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trainbus {

// The catalog's search order: extra first, then TRAINBUS_PLUGIN_PATH, the user's folder, the folder
// of this installation, that of a build tree, and the one beside this library. Each absolute, and
// once.
std::vector<std::filesystem::path> plugin_search_path(
    const std::vector<std::filesystem::path>& extra);
// The last three of these only: where the plugins are that came with this program.
std::vector<std::filesystem::path> own_plugin_path();

// The ids of all files NAME.so in a folder, sorted; none if it cannot be read.
std::vector<std::string> plugin_ids(const std::filesystem::path& folder);

}  // namespace trainbus
