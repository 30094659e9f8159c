#include "help_text.hpp"

#include <iostream>

#include "core/bus/delivery_options.hpp"
#include "core/io/error.hpp"
#include "plan.hpp"
#include "table.hpp"

namespace trainbus::cli {
namespace {

// The plugins of the requested run; if it is invalid, the valid ones of the default run.
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
      // The first problem has been reported; problems of the default run do not concern the user.
    }
  }
  return result;
}

}  // namespace

void print_verb_options(const Call& call) {
  const VerbSchema& verb = verb_schema(call.verb);
  const unsigned width = text_width();
  for (const OptionGroup& group : verb.groups)
    print_options(std::cout, group.title, "", group.options, width);
  for (const TaskSchema& task : verb.tasks)
    print_options(std::cout, "Task " + task.name + ": " + task.summary, "task", task.options,
                  width);
}

void print_composition(const Call& call) {
  const VerbSchema& verb = verb_schema(call.verb);
  const unsigned width = text_width();
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

}  // namespace trainbus::cli
