// plugins check: drives a plugin through synthetic runs on the real bus, in a process of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli.hpp"

namespace trainbus::cli {

// Prints a line per trial. options: --NAME VALUE for the plugin's own options. Returns exit_done if
// all passed, exit_failed if one did not or the plugin ended the process. Throws PluginError or
// UsageError if the plugin cannot be loaded or its options are wrong.
int check_plugin(const std::string& id_or_file, const Arguments& options,
                 std::vector<std::filesystem::path> plugin_path);

}  // namespace trainbus::cli
