#include <iostream>

#include "core/bus/delivery_options.hpp"
#include "core/io/error.hpp"
#include "plan.hpp"
#include "report/options.hpp"
#include "run_options.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace trainbus::cli {
namespace {

void print_overview() {
  std::cout << "trainbus trains models with a loop that publishes events to plugins.\n\n"
               "Usage: trainbus VERB …\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const Verb& verb : verbs())
    rows.push_back(
        {std::string(verb.name) + ' ' + std::string(verb.usage), std::string(verb.summary)});
  print_table(std::cout, rows, "  ");
  std::cout
      << "\nA run without further words uses the optimizer mezo, and shows and logs the loss\n"
         "with ema, progress, csv and tensorboard. For example:\n\n"
         "  trainbus train --model models/opt-125m --task.data reviews.csv\n"
         "  trainbus train run.ini --plugin jsonl --without csv --mezo.lr 2e-6\n"
         "  trainbus describe run.ini\n"
         "  trainbus help train\n";
}

// The plugins of the run that is asked for; if it does not stand, those of the default run that do.
std::vector<PluginInstance> plugins_for_help(const VerbSchema& verb, const Call& call,
                                             std::vector<std::string>& problems) {
  Call asked = call;
  std::erase_if(asked.arguments,
                [](const std::string& word) { return word == "--help" || word == "-h"; });
  try {
    return plan_run(asked, Completeness::Optional).plugins;
  } catch (const Error& error) {
    problems.emplace_back(error.what());
  }
  std::vector<PluginInstance> result;
  Catalog catalog({}, call.engine_tag);
  for (const std::string& id : verb.default_plugins) {
    try {
      const Plugin& plugin = catalog.load(id);
      result.push_back({id, "default", &plugin, OptionValues(id, plugin.options())});
    } catch (const Error&) {
      // The first problem has been told; one that only the help has would not be the reader's.
    }
  }
  return result;
}

}  // namespace

void help_of_plugins(const Call&) {
  print_table(std::cout,
              {{"list", "the plugins that a run can use, and where they are looked for"},
               {"show ID", "all about one plugin; an ID or FILE.so"},
               {"check FILE", "put an observer through trials, each in a process of its own;"},
               {"", "--OPTION VALUE sets the plugin's options"},
               {"--trial-limit TIME", "how long a trial of 'check' may take [default 60s]"},
               {"--plugin-path PATH", "search this folder first (repeatable)"}},
              "  ");
  std::cout
      << "\nPlugins are searched in --plugin-path, $TRAINBUS_PLUGIN_PATH (a list with colons),\n"
         "$XDG_DATA_HOME/trainbus/plugins/1 and beside trainbus itself.\n\n"
         "'check' is for the author of a plugin and for continuous integration. Its exit code is\n"
         "0: all trials were passed; 1: some were not; 2: the file is no plugin that can be "
         "tried.\n"
         "To write a plugin, begin with 'trainbus new-plugin NAME'.\n";
}

void help_of_report(const Call&) {
  print_options(std::cout, "Options", "", report::options(), text_width());
  std::cout << "RUN is the folder of a run, as a training printed it; several are laid over one\n"
               "another. The page needs no network and no server. For example:\n\n"
               "  trainbus report runs/first runs/second -o comparison.html\n"
               "  trainbus report runs/first --watch\n";
}

void help_of_replay(const Call&) {
  const VerbSchema& verb = verb_schema("replay");
  const OptionGroup& own = verb.groups.front();
  print_options(std::cout, own.title, "", own.options, text_width());
  std::cout
      << "The journal names the model, the optimizer and all options of the run; options of\n"
         "train say otherwise, --model where the model has moved. No data is read. The journal\n"
         "alone is enough beside the model that the run began with. For example:\n\n"
         "  trainbus replay runs/first --step 100 -o models/step-100\n"
         "  trainbus replay runs/first --verify\n";
}

void help_of_run(const Call& call) {
  const VerbSchema& verb = verb_schema(call.verb);
  const unsigned width = text_width();
  for (const OptionGroup& group : verb.groups)
    print_options(std::cout, group.title, "", group.options, width);
  for (const TaskSchema& task : verb.tasks)
    print_options(std::cout, "Task " + task.name + ": " + task.summary, "task", task.options,
                  width);
  if (verb.verb == "describe")
    std::cout << "--changed prints only what was set, without the defaults.\n\n";
  if (verb.verb == "resume")
    std::cout
        << "RUN is the folder of a run. All options are those of the run; what is given here\n"
           "wins, unless it decides over steps that are done: task, seed, dtype, batches and the\n"
           "optimizer's own options but lr cannot change. --model and --task.data may name\n"
           "another place of the same model and data.\n\n";
  if (!verb.composes()) return;
  print_options(std::cout, "Plugins of the run", "", composition_options(), width);
  std::vector<std::string> problems;
  for (const PluginInstance& instance : plugins_for_help(verb, call, problems)) {
    const Plugin& plugin = *instance.plugin;
    const std::string title = "Plugin " + instance.name + ", " + std::string(plugin.role()) + ": " +
                              std::string(plugin.summary());
    print_options(std::cout, title, instance.name, plugin.options(), width);
  }
  print_options(std::cout, "Any plugin NAME but an optimizer; metrics: sinks only", "NAME",
                delivery_options(Role::Sink, {}), width);
  for (const std::string& problem : problems)
    std::cout << wrapped("Not all plugins can be shown: " + problem, 0, width) << "\n\n";
  std::cout << "A run file (RUN.ini) takes the same options: those with a dot in a section, like\n"
               "'lr = 1e-6' under [mezo]. The command line wins over the file.\n";
}

int help_verb(const Call& call) {
  const Verb& verb = find_verb(call.verb);
  if (verb.name == "help") {
    print_overview();
    return exit_done;
  }
  std::cout << "Usage: trainbus " << verb.name << (verb.usage.empty() ? "" : " ") << verb.usage
            << "\n\n"
            << verb.summary << "\n\n";
  if (verb.help) verb.help({std::string(verb.name), call.arguments, call.engine_tag});
  return exit_done;
}

int help(const Call& call) {
  if (call.arguments.empty()) {
    print_overview();
    return exit_done;
  }
  return help_verb({call.arguments.front(),
                    {call.arguments.begin() + 1, call.arguments.end()},
                    call.engine_tag});
}

}  // namespace trainbus::cli
