#include <algorithm>
#include <iostream>
#include <iterator>
#include <utility>

#include "core/bus/delivery_options.hpp"
#include "core/io/file_system.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/model_task.hpp"
#include "core/plan/typed_path.hpp"
#include "engine_verb.hpp"
#include "help_text.hpp"
#include "option_groups.hpp"
#include "plan.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

// A value on one line; unset values and line breaks are made visible.
std::string shown(const Option& option, const std::string& value) {
  if (value.empty()) return option.flags & TB_OPTION_REQUIRED ? "(missing)" : "(not set)";
  if (option.flags & TB_OPTION_SECRET) return "(secret)";
  std::string result;
  for (const char c : value) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else
      result += c;
  }
  // Quoted if it has blanks at its ends.
  const bool quote = result.front() == ' ' || result.back() == ' ';
  return quote ? '"' + result + '"' : result;
}

using Rows = std::vector<std::vector<std::string>>;

struct Section {
  std::string title;
  Rows rows;  // name, value, source
};

// The options of a schema, all of them or those that differ from the default.
Section section(std::string title, const OptionValues& values, const std::vector<Option>& schema,
                bool only_changed) {
  Section result{std::move(title), {}};
  const std::string prefix = values.prefix().empty() ? "" : values.prefix() + ".";
  for (const Option& option : schema) {
    const OptionValue& value = values.value(option.name);
    if (!only_changed || value.source != "default")
      result.rows.push_back({prefix + option.name, shown(option, value.text), value.source});
  }
  return result;
}

// A plugin's own options; of the common ones only those that differ from the default.
Section plugin_section(const PluginInstance& instance, bool only_changed) {
  const std::vector<Option> own = instance.plugin->options();
  Section result = section("Plugin " + instance.name, instance.options, own, only_changed);
  if (!instance.plugin->observer) return result;
  const auto role = static_cast<Role>(instance.plugin->observer->role);
  Section shared = section("", instance.options, delivery_options(role, own), true);
  std::ranges::move(shared.rows, std::back_inserter(result.rows));
  return result;
}

std::vector<Section> sections(const RunSpec& spec, const VerbSchema& verb, bool only_changed) {
  std::vector<Section> result;
  result.push_back(section("Plugins of the run", spec.run, composition_options(), only_changed));
  for (const OptionGroup& group : verb.groups)
    result.push_back(section(group.title, spec.run, group.options, only_changed));
  result.push_back(
      section("Task " + spec.run.text("task"), spec.task, spec.task.schema(), only_changed));
  for (const PluginInstance& instance : spec.plugins)
    result.push_back(plugin_section(instance, only_changed));
  std::erase_if(result, [](const Section& each) { return each.rows.empty(); });
  return result;
}

// All sections have the same column widths.
void print(const std::vector<Section>& sections) {
  Rows all;
  for (const Section& each : sections) all.insert(all.end(), each.rows.begin(), each.rows.end());
  const std::vector<std::size_t> widths = column_widths(all);
  for (const Section& each : sections) {
    std::cout << '\n' << each.title << '\n';
    print_table(std::cout, each.rows, "  ", widths);
  }
}

void print_plugins(const RunSpec& spec) {
  Rows rows;
  for (const PluginInstance& instance : spec.plugins)
    rows.push_back({instance.name, std::string(instance.plugin->role()),
                    instance.plugin->id + ' ' + std::string(instance.plugin->version()),
                    instance.source, instance.plugin->file.string()});
  for (const LeftOut& plugin : spec.left_out)
    rows.push_back({plugin.name, "left out", plugin.reason});
  std::cout << "Plugins, in the order they were added\n";
  print_table(std::cout, rows, "  ");
}

// With --model alone it is the model that is described.
bool is_about_model(const Arguments& arguments) {
  return arguments.size() == 2 ? arguments.front() == "--model"
                               : arguments.size() == 1 && arguments.front().starts_with("--model=");
}

RunSpec plan_model(const Call& call) {
  RunSpec spec;
  spec.verb = call.verb;
  spec.version = version_text();
  spec.run = OptionValues("", model_group().options);
  const Argument model = parse_arguments(call.arguments, spec.run.schema()).front();
  const std::string path = model_path(typed_path(model.value, "--model")).string();
  spec.run.set("model", path, "command line");
  return spec;
}

// Whether there is what the examples of a run are made of.
bool has_examples(const RunSpec& spec) {
  const auto is_there = [](const OptionValues& values, const char* name) {
    return values.has(name) && !values.text(name).empty() &&
           file_system().exists(values.text(name));
  };
  return is_there(spec.run, "model") && is_there(spec.task, "data");
}

RunSpec plan_examples(const Call& call) { return plan_run(call, Completeness::Optional); }

int describe(const Call& call) {
  if (is_about_model(call.arguments)) return run_in_engine(call, "describe", plan_model);
  Call asked = call;
  const bool only_changed = std::erase(asked.arguments, "--changed") > 0;
  const RunSpec spec = plan_run(asked, Completeness::Optional);
  print_plugins(spec);
  print(sections(spec, verb_schema("describe"), only_changed));
  if (only_changed || !has_examples(spec)) return exit_done;
  std::cout << std::flush;
  return run_in_engine(asked, "describe_examples", plan_examples);
}

void help(const Call& call) {
  print_verb_options(call);
  std::cout << "Where the model and the data are there, three examples are shown as the model\n"
               "reads them: token by token, and what is scored. --changed prints only what was\n"
               "set, without the defaults and examples.\n"
               "With --model alone: what the model's folder or file holds (family, sizes, types,\n"
               "tokenizer, what is not used and why), without loading its weights. The exit code\n"
               "is 2 if it does not open.\n\n";
  print_composition(call);
}

}  // namespace

extern const Verb describe_verb;
const Verb describe_verb = {
    .name = "describe",
    .usage = "[RUN.ini] [OPTION]… | --model MODEL",
    .summary = "print the plan of a run, or what a model holds",
    .schema = training_schema,
    .run = describe,
    .help = help,
};

}  // namespace trainbus::cli
