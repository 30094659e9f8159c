#include "core/plan/verb_schema.hpp"

namespace trainbus {

std::vector<Option> VerbSchema::options() const {
  std::vector<Option> result;
  if (composes()) result = composition_options();
  for (const OptionGroup& group : groups)
    result.insert(result.end(), group.options.begin(), group.options.end());
  return result;
}

const std::vector<Option>& composition_options() {
  static const std::vector<Option> options = {
      {"plugin",
       "text",
       "",
       "add a plugin: ID, FILE.so, or NAME=ID for a second one of a kind; in a run file: the whole "
       "list, instead of the default one",
       1,
       0,
       {},
       TB_OPTION_REPEATABLE},
      {"without", "text", "", "leave out the plugin of this name", 1, 0, {}, TB_OPTION_REPEATABLE},
      {"plugin-path",
       "path",
       "",
       "search this folder for plugins first",
       1,
       0,
       {},
       TB_OPTION_REPEATABLE},
      {"disable-tqdm", "bool", "no", "leave out what draws on the terminal"},
      {"safe", "bool", "no", "only plugins that came with trainbus, none of other places"},
      {"strict-plugins", "bool", "no",
       "refuse plugins that change the process's state; exit with code 3 if one was quarantined"},
      {.name = "delivery",
       .type = "choice",
       .fallback = "thread",
       .help =
           "who calls metric plugins and sinks: a thread of their own, or the training's, which "
           "then waits for each, for ever if need be",
       .choices = {"thread", "inline"}},
      {"patience", "duration", "2s", "how long slow plugins may hold up the training in all", 0.001,
       86400},
      {"hang-after", "duration", "30s", "a plugin's call that lasts longer is given up", 0.001,
       86400}};
  return options;
}

}  // namespace trainbus
