#include "core/plan/run_spec.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/run_file.hpp"
#include "core/plan/run_layer.hpp"
#include "core/plan/typed_path.hpp"

namespace trainbus {
namespace {

// The first pass: what must be known before plugins can be loaded.
struct FirstPass {
  RunFile file{"", {{}}};
  std::span<const std::string> arguments;  // without the run file
  std::vector<Argument> known;             // those of them that are understood already
  bool is_recorded = false;                // the file is a record: its paths are as they are

  std::vector<PluginWish> in_file(std::string_view name) const {
    std::vector<PluginWish> result;
    for (const RunFileEntry& entry : file.sections.front().entries)
      if (entry.key == name) {
        const std::string place = file.place(entry.line);
        result.push_back({is_recorded ? entry.value : with_path(name, entry.value, place), place});
      }
    return result;
  }
  std::vector<PluginWish> in_arguments(std::string_view name) const {
    std::vector<PluginWish> result;
    for (const Argument& argument : known)
      if (argument.name == name)
        result.push_back(
            {with_path(name, argument.value, "--" + std::string(name)), "command line"});
    return result;
  }
  // A plugin may be a file, "NAME=FILE.so" or "FILE.so".
  static std::string with_path(std::string_view name, const std::string& text,
                               const std::string& where) {
    if (name == "plugin-path") return typed_path(text, where);
    if (name != "plugin") return text;
    const std::size_t equals = text.find('=');
    const std::size_t begin = equals < text.find('/') ? equals + 1 : 0;
    return text.substr(0, begin) + typed_path(std::string_view(text).substr(begin), where);
  }
  // Of a bool option, which is checked later: the command line's word before the file's.
  bool says_yes(const char* name) const {
    const std::vector<PluginWish> said = all(name);
    return !said.empty() && canonical({name, "bool", "no"}, said.front().text,
                                      said.front().source + ": " + name) == "true";
  }
  // Both, the command line's first.
  std::vector<PluginWish> all(std::string_view name) const {
    std::vector<PluginWish> result = in_arguments(name);
    std::ranges::move(in_file(name), std::back_inserter(result));
    return result;
  }
};

FirstPass first_pass(const VerbSchema& verb, std::span<const std::string> arguments,
                     const RunFile* recorded) {
  FirstPass pass;
  if (recorded) {
    pass.file = *recorded;
    pass.is_recorded = true;
  } else if (!arguments.empty() && !arguments.front().starts_with('-')) {
    pass.file = read_run_file(typed_path(arguments.front(), "RUN.ini"));
    arguments = arguments.subspan(1);
  }
  pass.arguments = arguments;
  pass.known = parse_known_arguments(arguments, verb.options());
  return pass;
}

PluginSet compose(const VerbSchema& verb, const FirstPass& pass, const std::string& engine_tag) {
  if (!verb.composes()) return {};
  std::vector<std::filesystem::path> path;
  for (const PluginWish& folder : pass.all("plugin-path")) path.emplace_back(folder.text);

  PluginPlan plan;
  plan.added = pass.in_arguments("plugin");
  plan.listed = pass.in_file("plugin");
  plan.without = pass.all("without");
  for (const Option& option : verb.options()) plan.taken.push_back(option.name);
  if (plan.listed.empty()) {
    plan.default_optimizer = verb.default_optimizer;
    for (const std::string& id : verb.default_plugins) plan.listed.push_back({id, "default"});
  }
  Catalog catalog =
      pass.says_yes("safe") ? Catalog::own(engine_tag) : Catalog(std::move(path), engine_tag);
  return load_plugins(plan, catalog);
}

// The options of the task that is asked for, which is the first one unless the run says otherwise.
std::vector<Option> task_options(const VerbSchema& verb, const FirstPass& pass) {
  if (verb.tasks.empty()) return {};
  const std::vector<PluginWish> asked = pass.all("task");
  if (asked.empty()) return verb.tasks.front().options;
  for (const TaskSchema& task : verb.tasks)
    if (task.name == asked.front().text) return task.options;
  // Refused here, since all options of the task would seem unknown otherwise.
  Option choice{"task", "choice"};
  for (const TaskSchema& task : verb.tasks) choice.choices.push_back(task.name);
  canonical(choice, asked.front().text, asked.front().source + ": task");
  return {};
}

Addressees addressees(RunSpec& spec) {
  Addressees result = {{"", &spec.run}};
  if (!spec.task.schema().empty()) result.emplace("task", &spec.task);
  for (PluginInstance& plugin : spec.plugins) result.emplace(plugin.name, &plugin.options);
  return result;
}

template <class Predicate>
void leave_out(RunSpec& spec, const std::string& reason, Predicate leaves) {
  std::erase_if(spec.plugins, [&](const PluginInstance& instance) {
    if (instance.is_optimizer() || !leaves(*instance.plugin->observer)) return false;
    spec.left_out.push_back({instance.name, reason});
    return true;
  });
}

void check_complete(const RunSpec& spec) {
  spec.run.check_complete();
  spec.task.check_complete();
  for (const PluginInstance& plugin : spec.plugins) plugin.options.check_complete();
}

}  // namespace

const PluginInstance* RunSpec::optimizer() const {
  for (const PluginInstance& plugin : plugins)
    if (plugin.is_optimizer()) return &plugin;
  return nullptr;
}

RunSpec resolve_run(const VerbSchema& verb, const RunRequest& request) {
  const FirstPass pass = first_pass(verb, request.arguments, request.recorded);
  PluginSet set = compose(verb, pass, request.engine_tag);

  RunSpec spec;
  spec.verb = verb.verb;
  spec.version = request.version;
  spec.run_file = pass.file.name;
  spec.run = OptionValues("", verb.options());
  spec.task = OptionValues("task", task_options(verb, pass));
  spec.plugins = std::move(set.instances);
  spec.left_out = std::move(set.left_out);

  const Addressees to = addressees(spec);
  apply_file(pass.file, to, spec.left_out, verb, !pass.is_recorded);
  apply_arguments(pass.arguments, to, spec.left_out);
  // After parsing, so that options of what is left out here are still checked.
  if (verb.composes() && spec.run.flag("disable-tqdm"))
    leave_out(spec, "--disable-tqdm",
              [](const tb_observer& o) { return (o.flags & TB_OBSERVER_TERMINAL) != 0; });
  if (request.complete) check_complete(spec);
  return spec;
}

}  // namespace trainbus
