// The files of a new plugin's project, as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trainbus::cli {

enum class PluginRole { Sink, Metric, Control, Reward };

struct PluginProject {
  std::string id;  // "acme.loss-log"
  PluginRole role = PluginRole::Sink;
  bool vendored = false;  // includes the SDK's headers instead of finding the package
};

// How a run takes it: "--plugin", or "--objective" for a reward.
std::string_view option_of(PluginRole role);

struct ProjectFile {
  std::string path;  // relative
  std::string text;
  std::string purpose;
};

std::vector<ProjectFile> project_files(const PluginProject& project);

// Throws UsageError unless it is like "acme.loss-log" or a plain word, in lower case.
void check_plugin_id(const std::string& id);

}  // namespace trainbus::cli
