// plugins check: examines a plugin file and runs trials, each in its own process, so that the check
// survives and reports whatever the plugin does.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "cli.hpp"

namespace trainbus::cli {

struct CheckRequest {
  std::string id_or_file;
  Arguments options;  // --NAME VALUE for the plugin's own options
  std::vector<std::filesystem::path> plugin_path;
  std::chrono::duration<double> trial_limit{60};
};

// Prints what the file is, what it declares, a line per trial, and what was measured. Returns
// exit_done if all trials passed, else exit_failed. Throws PluginError or UsageError if the file is
// no plugin that this trainbus could use, or its options are wrong.
int check_plugin(const CheckRequest& request);

}  // namespace trainbus::cli
