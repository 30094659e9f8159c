// plugins list | show ID | check FILE
#include <trainbus/plugin/option_schema.hpp>

#include <algorithm>
#include <iostream>

#include "check/check.hpp"
#include "check/child.hpp"
#include "core/bus/delivery_options.hpp"
#include "core/host/catalog.hpp"
#include "core/host/elf_file.hpp"
#include "core/io/error.hpp"
#include "core/plan/shell_text.hpp"
#include "core/plan/typed_path.hpp"
#include "core/reward/reward.hpp"
#include "plugin_text.hpp"
#include "plugins_list.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

// Removes all --NAME VALUE (or --NAME=VALUE) from the words and returns the values.
std::vector<std::string> take(Arguments& words, const std::string& flag) {
  std::vector<std::string> result;
  for (auto word = words.begin(); word != words.end();) {
    if (word->starts_with(flag + "=")) {
      result.push_back(word->substr(flag.size() + 1));
      word = words.erase(word);
    } else if (*word == flag && word + 1 != words.end()) {
      result.push_back(*(word + 1));
      word = words.erase(word, word + 2);
    } else {
      ++word;
    }
  }
  return result;
}

std::vector<std::filesystem::path> take_plugin_path(Arguments& words) {
  std::vector<std::filesystem::path> folders;
  for (const std::string& folder : take(words, "--plugin-path"))
    folders.emplace_back(typed_path(folder, "--plugin-path"));
  return folders;
}

std::chrono::duration<double> take_trial_limit(Arguments& words) {
  const std::string flag = "--trial-limit";
  const std::vector<std::string> given = take(words, flag);
  const Option option = option::duration("trial-limit", "60s", "").min(0.1).max(86400);
  const std::string seconds =
      canonical(option, given.empty() ? option.fallback : given.back(), flag);
  return std::chrono::duration<double>(std::stod(seconds));
}

void print(const Plugin& plugin) {
  const unsigned width = text_width();
  std::cout << plugin.id << ' ' << plugin.version() << ", " << plugin.role() << '\n'
            << wrapped(plugin.summary(), 0, width) << "\n\n";
  std::vector<std::vector<std::string>> rows;
  if (const tb_observer* observer = plugin.observer) {
    rows.push_back({"events", wrapped(events_text(*observer), 9, width)});
    if (observer->metrics) rows.push_back({"metrics", wrapped(metrics_text(*observer), 9, width)});
    rows.push_back({"state", offers_state(*observer) ? "is kept when a run is resumed" : "none"});
    if (*observer->license) rows.push_back({"license", observer->license});
    if (*observer->url) rows.push_back({"url", observer->url});
  }
  if (const tb_reward* reward = plugin.reward) {
    rows.push_back({"threads", threads_text(*reward)});
    if (*reward->license) rows.push_back({"license", reward->license});
    if (*reward->url) rows.push_back({"url", reward->url});
  }
  rows.push_back({"file", plugin.file.string()});
  rows.push_back({"sha256", ElfFile(plugin.file).sha256()});
  print_table(std::cout, rows);
  std::cout << '\n';
  if (const auto options = plugin.options(); !options.empty())
    print_options(std::cout, "Options", plugin.id, options, width);
  if (plugin.observer)
    print_options(std::cout, "Options that every observer has", plugin.id,
                  delivery_options(static_cast<Role>(plugin.observer->role), plugin.options()),
                  width);
  if (plugin.reward) {
    std::vector<Option> added = reward_options(plugin);
    added.erase(added.begin(),
                added.begin() + static_cast<std::ptrdiff_t>(plugin.options().size()));
    print_options(std::cout, "Options that every reward has", plugin.id, added, width);
  }
}

// In its own process, since a plugin's code may do anything when it is loaded.
int show(const std::string& id_or_file, const std::vector<std::filesystem::path>& path,
         const std::string& engine_tag) {
  constexpr std::chrono::seconds limit{60};  // LibTorch on a cold, slow disk takes a while
  const SharedRecord record;
  const std::string problem = run_in_child(*record, limit, [&] {
    record->enter("loading");
    Catalog catalog(path, engine_tag);
    const Plugin& plugin = catalog.load(id_or_file);
    record->leave();
    print(plugin);
    std::cout.flush();
  });
  if (!problem.empty())
    throw PluginError(
        problem, record->refused ? "" : id_or_file,
        record->refused ? "" : "See 'trainbus plugins check " + shell_text(id_or_file) + "'.");
  return exit_done;
}

int plugins(const Call& call) {
  Arguments words = call.arguments;
  std::vector<std::filesystem::path> path = take_plugin_path(words);
  const std::string action = words.empty() ? "list" : words.front();
  if (words.size() >= 2) words[1] = typed_path(words[1], "plugins " + action);
  if (action == "list" && words.size() <= 1) {
    list_plugins(path, call.engine_tag);
    return exit_done;
  }
  if (action == "show" && words.size() == 2) return show(words[1], path, call.engine_tag);
  if (action == "check" && words.size() >= 2) {
    const std::chrono::duration<double> limit = take_trial_limit(words);
    return check_plugin({words[1], {words.begin() + 2, words.end()}, std::move(path), limit});
  }
  const std::vector<std::string> known = {"list", "show", "check"};
  const bool typed_wrong = std::ranges::find(known, action) == known.end();
  const std::string meant = typed_wrong ? did_you_mean(action, known) : "";
  throw UsageError(
      (typed_wrong ? "found '" + action + "', " : "") + "expected list, show ID or check FILE",
      "plugins", meant.empty() ? "See 'trainbus help plugins'." : meant);
}

void help(const Call&) {
  print_table(std::cout,
              {{"list", "the plugins that a run can use, and where they are looked for"},
               {"show ID", "describe one plugin, an ID or FILE.so"},
               {"check FILE", "run trials of an observer or a reward, each in its own"},
               {"", "process; --OPTION VALUE sets the plugin's options"},
               {"--trial-limit TIME", "how long a trial of 'check' may take [default 60s]"},
               {"--plugin-path PATH", "search this folder first (repeatable)"}},
              "  ");
  std::cout
      << "\nPlugins are searched in --plugin-path, $TRAINBUS_PLUGIN_PATH (separated by colons),\n"
         "$XDG_DATA_HOME/trainbus/plugins/1 and beside trainbus itself.\n\n"
         "'check' is for the author of a plugin and for continuous integration. Its exit code is\n"
         "0: all trials passed; 1: some failed; 2: the file is not a plugin that can be "
         "tried.\n"
         "To write a plugin, begin with 'trainbus new-plugin NAME'.\n";
}

}  // namespace

extern const Verb plugins_verb;
const Verb plugins_verb = {
    .name = "plugins",
    .usage = "list | show ID | check FILE",
    .summary = "list, explain or test plugins",
    .run = plugins,
    .help = help,
};

}  // namespace trainbus::cli
