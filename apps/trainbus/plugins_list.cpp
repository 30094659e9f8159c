#include "plugins_list.hpp"

#include <algorithm>
#include <iostream>
#include <map>

#include "core/host/catalog.hpp"
#include "core/io/error.hpp"
#include "plugin_listing.hpp"
#include "table.hpp"

namespace trainbus::cli {
namespace {

namespace fs = std::filesystem;

struct Findings {
  std::map<std::string, ListedPlugin> plugins;  // by id
  std::vector<std::pair<fs::path, std::string>> problems;
  std::vector<std::vector<std::string>> folders;  // how many plugins, and the path
};

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".so") files.push_back(entry->path());
  std::ranges::sort(files);
  return files;
}

// As in the search for plugins: a file is found by its name, and the first of two is used.
bool add(Findings& findings, const fs::path& file, const std::string& engine_tag) {
  const std::string id = file.stem().string();
  if (const auto known = findings.plugins.find(id); known != findings.plugins.end()) {
    std::error_code error;
    if (!fs::equivalent(known->second.file, file, error))
      findings.problems.emplace_back(file, "is hidden by " + known->second.file.string() + ".");
    return false;
  }
  try {
    for (const ListedPlugin& plugin : plugins_in(file, engine_tag))
      if (plugin.id == id) return findings.plugins.emplace(id, plugin).second;
    findings.problems.emplace_back(
        file, "is not named after the plugin that it offers. Rename it, or use it by its path.");
  } catch (const Error& error) {
    std::string text = error.what();
    if (const std::string prefix = file.string() + ": "; text.starts_with(prefix))
      text.erase(0, prefix.size());
    findings.problems.emplace_back(file, std::move(text));
  }
  return false;
}

Findings look(const std::vector<fs::path>& folders, const std::string& engine_tag) {
  Findings findings;
  for (const fs::path& folder : folders) {
    std::error_code error;
    std::size_t count = 0;
    for (const fs::path& file : files_in(folder)) count += add(findings, file, engine_tag);
    findings.folders.push_back({!fs::exists(folder, error) ? "does not exist"
                                : count == 1               ? "1 plugin"
                                                           : std::to_string(count) + " plugins",
                                folder.string()});
  }
  return findings;
}

void print_role(const Findings& findings, const std::string& role, const char* title,
                std::size_t name_width, unsigned width) {
  bool first = true;
  for (const auto& [id, plugin] : findings.plugins) {
    if (plugin.role != role) continue;
    if (first) std::cout << title << '\n';
    first = false;
    const std::string name = id + ' ' + plugin.version;
    const auto indent = static_cast<unsigned>(name_width + 4);
    std::cout << "  " << name << std::string(name_width - name.size() + 2, ' ')
              << wrapped(plugin.summary, indent, width) << '\n';
  }
  if (!first) std::cout << '\n';
}

}  // namespace

void list_plugins(const std::vector<fs::path>& plugin_path, const std::string& engine_tag) {
  const Findings findings = look(Catalog(plugin_path).search_path(), engine_tag);
  const unsigned width = text_width();
  std::size_t name_width = 0;
  for (const auto& [id, plugin] : findings.plugins)
    name_width = std::max(name_width, id.size() + 1 + plugin.version.size());
  print_role(findings, "optimizer", "Optimizers: how parameters are updated; a run has one",
             name_width, width);
  print_role(findings, "reward", "Rewards: judge the answers that a model generates", name_width,
             width);
  print_role(findings, "control", "Control observers: ask the run to stop, save or evaluate",
             name_width, width);
  print_role(findings, "metric", "Metric observers: add numbers to what the sinks see", name_width,
             width);
  print_role(findings, "sink", "Sinks: show and record what happens", name_width, width);
  if (findings.plugins.empty()) std::cout << "There are no plugins.\n\n";
  std::cout << "Looked for in\n";
  print_table(std::cout, findings.folders, "  ");
  if (!findings.problems.empty()) std::cout << "\nFiles that cannot be used\n";
  for (const auto& [file, text] : findings.problems)
    std::cout << "  " << file.string() << "\n    " << wrapped(text, 4, width) << '\n';
  std::cout << '\n'
            << wrapped(
                   "Use one with --plugin ID, a reward with --objective ID; leave one out with "
                   "--without ID; 'trainbus plugins show ID' describes it.",
                   0, width)
            << '\n';
}

}  // namespace trainbus::cli
