// plugins check: looks at a plugin file and puts it through trials, each in a process of its own,
// so that whatever the plugin does is survived and told.
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
