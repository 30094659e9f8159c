#include "core/plan/run_spec.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/model_task.hpp"
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
    if (name == "plugin-path" || name == "model") return typed_path(text, where);
    if (name == "objective" && text.find('/') != std::string::npos) return typed_path(text, where);
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
  if (!verb.composes() && !verb.judges()) return {};
  std::vector<std::filesystem::path> path;
  for (const PluginWish& folder : pass.all("plugin-path")) path.emplace_back(folder.text);

  PluginPlan plan;
  plan.added = pass.in_arguments("plugin");
  plan.listed = pass.in_file("plugin");
  plan.without = pass.all("without");
  for (const Option& option : verb.options()) plan.taken.push_back(option.name);
  if (const std::vector<PluginWish> asked = pass.all("objective"); !asked.empty())
    plan.objective = asked.front();
  if (plan.listed.empty()) {
    plan.default_optimizer = verb.default_optimizer;
    for (const std::string& id : verb.default_plugins) plan.listed.push_back({id, "default"});
  }
  Catalog catalog =
      pass.says_yes("safe") ? Catalog::own(engine_tag) : Catalog(std::move(path), engine_tag);
  return verb.composes() ? load_plugins(plan, catalog) : load_reward(plan, catalog);
}

// The task that is asked for; else the one that the model was trained for; else the first one.
struct TaskChoice {
  const TaskSchema* schema = nullptr;  // null: the verb has no tasks
  ModelTask model;                     // what the model says
  std::string source;                  // of the choice; empty: the default
};

TaskChoice choose_task(const VerbSchema& verb, const FirstPass& pass) {
  TaskChoice choice;
  if (verb.tasks.empty()) return choice;
  if (const std::vector<PluginWish> model = pass.all("model"); !model.empty())
    choice.model = read_model_task(model_path(model.front().text));
  PluginWish asked{verb.tasks.front().name, ""};
  if (const std::vector<PluginWish> wishes = pass.all("task"); !wishes.empty())
    asked = wishes.front();
  else if (!choice.model.task.empty())
    asked = {choice.model.task, choice.model.file.string()};
  choice.source = asked.source;
  for (const TaskSchema& task : verb.tasks)
    if (task.name == asked.text) choice.schema = &task;
  // Refused here, since all options of the task would seem unknown otherwise.
  if (!choice.schema) {
    Option known{"task", "choice"};
    for (const TaskSchema& task : verb.tasks) known.choices.push_back(task.name);
    canonical(known, asked.text, asked.source + ": task");
  }
  return choice;
}

bool has_option(const TaskSchema& task, std::string_view name) {
  return std::ranges::any_of(task.options, [&](const Option& o) { return o.name == name; });
}

// An option that is another task's is no slip of the pen.
void check_task_options(const VerbSchema& verb, const FirstPass& pass, const TaskChoice& choice) {
  const auto check = [&](std::string_view name, const std::string& where) {
    if (has_option(*choice.schema, name)) return;
    for (const TaskSchema& other : verb.tasks)
      if (has_option(other, name))
        throw UsageError("the task " + choice.schema->name +
                             (choice.source.empty() ? "" : " (" + choice.source + ")") +
                             " has no option '" + std::string(name) + "', " + other.name + " has",
                         where, "Leave it out, or give --task " + other.name + ".");
  };
  for (const std::string& argument : pass.arguments)
    if (argument.starts_with("--task."))
      check(std::string_view(argument).substr(7, argument.find('=') - 7),
            argument.substr(0, argument.find('=')));
  for (const RunFileSection& section : pass.file.sections)
    if (section.name == "task")
      for (const RunFileEntry& entry : section.entries)
        check(entry.key, pass.file.place(entry.line));
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
    if (!instance.plugin->observer || !leaves(*instance.plugin->observer)) return false;
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

const PluginInstance* RunSpec::reward() const {
  for (const PluginInstance& plugin : plugins)
    if (plugin.is_reward()) return &plugin;
  return nullptr;
}

std::string RunSpec::objective() const {
  return reward() ? reward()->plugin->id : run.text("objective");
}

RunSpec resolve_run(const VerbSchema& verb, const RunRequest& request) {
  const FirstPass pass = first_pass(verb, request.arguments, request.recorded);
  PluginSet set = compose(verb, pass, request.engine_tag);

  RunSpec spec;
  spec.verb = verb.verb;
  spec.version = request.version;
  spec.run_file = pass.file.name;
  spec.run = OptionValues("", verb.options());
  const TaskChoice task = choose_task(verb, pass);
  if (task.schema) {
    check_task_options(verb, pass, task);
    spec.task = OptionValues("task", task.schema->options);
  }
  spec.plugins = std::move(set.instances);
  spec.left_out = std::move(set.left_out);

  const Addressees to = addressees(spec);
  apply_file(pass.file, to, spec.left_out, verb, !pass.is_recorded);
  apply_arguments(pass.arguments, to, spec.left_out);
  if (task.schema && spec.run.is_default("task") && !task.source.empty())
    spec.run.set("task", task.schema->name, task.source);
  if (task.schema) complete_task_options(task.model, spec);
  // After parsing, so that options of what is left out here are still checked.
  if (verb.composes() && spec.run.flag("disable-tqdm"))
    leave_out(spec, "--disable-tqdm",
              [](const tb_observer& o) { return (o.flags & TB_OBSERVER_TERMINAL) != 0; });
  if (request.complete) check_complete(spec);
  return spec;
}

}  // namespace trainbus
