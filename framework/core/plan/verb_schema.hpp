// The options of a verb that makes a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus {

// A section of a verb's help.
struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

// The options of one choice of --task, given as --task.NAME or in the run file's section [task].
struct TaskSchema {
  std::string name;
  std::string summary;
  std::vector<Option> options;
};

struct TRAINBUS_EXPORT VerbSchema {
  std::string verb;
  std::vector<OptionGroup> groups;  // without the composition options
  std::vector<TaskSchema> tasks;    // if any, one of `groups` has a choice "task" of their names
  std::string default_optimizer;    // empty: the verb composes no plugins
  std::vector<std::string> default_plugins;  // observers of a run that lists none
  // Options of the verb that composes runs. A run file may contain them, and plugins' sections, for
  // that verb; a verb that composes no runs ignores them.
  std::vector<std::string> passed_over;

  bool composes() const { return !default_optimizer.empty(); }
  // Whether it takes an objective, which a plugin may bring, without composing a run.
  bool judges() const { return !composes() && has_option("objective"); }
  // All options of the run itself: of the composition, if there is one, and of the groups.
  std::vector<Option> options() const;
  bool has_option(std::string_view name) const;
};

// Whether an option of a run is about the processes that compute it, such as --ranks: it holds for
// one attempt, is in no record, and shows in no result.
TRAINBUS_EXPORT bool is_about_processes(std::string_view option);

// Which plugins make up the run: read before all other options.
TRAINBUS_EXPORT const std::vector<Option>& composition_options();

}  // namespace trainbus
