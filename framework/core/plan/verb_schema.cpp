#include "core/plan/verb_schema.hpp"

#include <trainbus/plugin/option_schema.hpp>

#include <algorithm>

namespace trainbus {

std::vector<Option> VerbSchema::options() const {
  std::vector<Option> result;
  if (composes()) result = composition_options();
  for (const OptionGroup& group : groups)
    result.insert(result.end(), group.options.begin(), group.options.end());
  return result;
}

bool VerbSchema::has_option(std::string_view name) const {
  return std::ranges::any_of(options(), [&](const Option& option) { return option.name == name; });
}

bool is_about_processes(std::string_view option) {
  constexpr std::string_view names[] = {
      "ranks", "rank", "leader", "token", "rank-patience", "min-ranks", "resume-if-possible"};
  return std::ranges::find(names, option) != std::end(names);
}

const std::vector<Option>& composition_options() {
  static const std::vector<Option> options = {
      option::text(
          "plugin", "",
          "add a plugin: ID, FILE.so, or NAME=ID for a second one of a kind; in a run file: "
          "the whole list, instead of the default one")
          .repeatable(),
      option::text("without", "", "leave out the plugin of this name").repeatable(),
      option::path("plugin-path", "", "search this folder for plugins first").repeatable(),
      option::flag("disable-tqdm", "no", "leave out what draws on the terminal"),
      option::flag("safe", "no", "only plugins that came with trainbus, none of other places"),
      option::flag("strict-plugins", "no",
                   "refuse plugins that change the process's state; exit with code 3 if one was "
                   "quarantined"),
      option::choice(
          "delivery", "thread",
          "who calls metric plugins and sinks: a thread of their own, or the training's, "
          "which then waits for each, for ever if need be",
          {"thread", "inline"}),
      option::duration("patience", "2s", "how long slow plugins may hold up the training in all")
          .min(0.001)
          .max(86400),
      option::duration("hang-after", "30s", "a plugin's call that lasts longer is given up")
          .min(0.001)
          .max(86400)};
  return options;
}

}  // namespace trainbus
