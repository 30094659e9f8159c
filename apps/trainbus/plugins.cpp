// plugins list | show ID | check FILE
#include <iostream>

#include "check.hpp"
#include "core/catalog.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace trainbus::cli {
namespace {

// Takes --plugin-path FOLDER (or =FOLDER) out of the words.
std::vector<std::filesystem::path> take_plugin_path(Arguments& words) {
  const std::string flag = "--plugin-path";
  std::vector<std::filesystem::path> result;
  for (auto word = words.begin(); word != words.end();) {
    if (word->starts_with(flag + "=")) {
      result.emplace_back(word->substr(flag.size() + 1));
      word = words.erase(word);
    } else if (*word == flag && word + 1 != words.end()) {
      result.emplace_back(*(word + 1));
      word = words.erase(word, word + 2);
    } else {
      ++word;
    }
  }
  return result;
}

int list(std::vector<std::filesystem::path> path) {
  // Without the engine's tag, optimizers are recognised but not loaded: they bring LibTorch with
  // them.
  Catalog catalog(std::move(path));
  std::vector<std::string> problems;
  std::vector<std::vector<std::string>> rows = {{"ID", "ROLE", "VERSION", "SUMMARY"}};
  for (const Plugin& plugin : catalog.list(&problems))
    rows.push_back({plugin.id, std::string(plugin.role()), std::string(plugin.version()),
                    plugin.kind == Plugin::Kind::Observer ? std::string(plugin.summary())
                                                          : "see: plugins show " + plugin.id});
  print_table(std::cout, rows);
  std::cout.flush();
  for (const std::string& problem : problems) std::cerr << "trainbus: skipped: " << problem << '\n';
  return exit_done;
}

std::string events(const tb_observer& observer) {
  std::string result;
  for (unsigned kind = 0; kind < TB_KIND_COUNT; ++kind)
    if (observer.wants >> kind & 1)
      result += std::string(result.empty() ? "" : ", ") +
                std::string(event_name(static_cast<EventKind>(kind)));
  return result;
}

std::string metrics(const tb_observer& observer) {
  std::string result;
  for (const char* const* name = observer.metrics; name && *name; ++name)
    result += std::string(result.empty() ? "" : ", ") + std::string(observer.id) + '/' + *name;
  return result;
}

int show(const std::string& id_or_file, std::vector<std::filesystem::path> path,
         const std::string& engine_tag) {
  Catalog catalog(std::move(path), engine_tag);
  const Plugin& plugin = catalog.load(id_or_file);
  const unsigned width = text_width();
  std::cout << plugin.id << ' ' << plugin.version() << ", " << plugin.role() << '\n'
            << wrapped(plugin.summary(), 0, width) << "\n\n";
  std::vector<std::vector<std::string>> rows = {{"file", plugin.file.string()}};
  if (const tb_observer* observer = plugin.observer) {
    rows.push_back({"events", wrapped(events(*observer), 9, width)});
    if (observer->metrics) rows.push_back({"metrics", metrics(*observer)});
    if (*observer->url) rows.push_back({"url", observer->url});
    if (*observer->license) rows.push_back({"license", observer->license});
  }
  print_table(std::cout, rows);
  std::cout << '\n';
  if (const auto options = plugin.options(); !options.empty())
    print_options(std::cout, "Options", plugin.id, options, width);
  return exit_done;
}

}  // namespace

int plugins(const Call& call) {
  Arguments words = call.arguments;
  std::vector<std::filesystem::path> path = take_plugin_path(words);
  const std::string action = words.empty() ? "list" : words.front();
  if (action == "list" && words.size() <= 1) return list(std::move(path));
  if (action == "show" && words.size() == 2)
    return show(words[1], std::move(path), call.engine_tag);
  if (action == "check" && words.size() >= 2)
    return check_plugin(words[1], {words.begin() + 2, words.end()}, std::move(path));
  throw UsageError("expected list, show ID or check FILE", "plugins",
                   "See 'trainbus help plugins'.");
}

}  // namespace trainbus::cli
