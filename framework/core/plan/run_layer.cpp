#include "core/plan/run_layer.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/typed_path.hpp"

namespace trainbus {
namespace {

const std::string command_line = "command line";

// Collects a layer's values before they are set, to find doubled ones and to join repeated ones.
class Layer {
 public:
  // typed: by a person, so that paths may begin with ~ and hold variables.
  explicit Layer(bool typed) : typed_(typed) {}

  // where: of this value, for messages and as its source.
  void add(OptionValues& values, const std::string& name, std::string text,
           const std::string& where) {
    if (typed_ && is_path(values, name))
      text =
          typed_path(text, where == command_line ? full_name(values, name) : where + ": " + name);
    for (Entry& entry : entries_) {
      if (entry.values != &values || entry.name != name) continue;
      if (!repeatable(values, name))
        throw UsageError("'" + name + "' is given twice, first at " + entry.where, where,
                         "Give it once.");
      entry.text += '\n' + text;
      return;
    }
    entries_.push_back({&values, name, text, where});
  }

  void apply() const {
    for (const Entry& entry : entries_) entry.values->set(entry.name, entry.text, entry.where);
  }

 private:
  struct Entry {
    OptionValues* values;
    std::string name, text, where;
  };

  static std::string full_name(const OptionValues& values, const std::string& name) {
    return "--" + (values.prefix().empty() ? "" : values.prefix() + ".") + name;
  }
  static bool is_path(const OptionValues& values, const std::string& name) {
    return std::ranges::any_of(values.schema(), [&](const Option& option) {
      return option.name == name && option.type == "path";
    });
  }
  static bool repeatable(const OptionValues& values, const std::string& name) {
    return std::ranges::any_of(values.schema(), [&](const Option& option) {
      return option.name == name && option.flags & TB_OPTION_REPEATABLE;
    });
  }

  bool typed_;
  std::vector<Entry> entries_;
};

OptionValues& section_values(const RunFileSection& section, const Addressees& to,
                             const std::string& where) {
  if (const auto found = to.find(section.name); found != to.end()) return *found->second;
  std::vector<std::string> names;
  for (const auto& [name, values] : to)
    if (!name.empty()) names.push_back(name);
  std::string remedy = did_you_mean(section.name, names);
  if (remedy.empty()) remedy = "Add the plugin to the run, or remove the section.";
  throw UsageError("section [" + section.name + "] belongs to no plugin of this run", where,
                   remedy);
}

void check_key(const OptionValues& values, const RunFileEntry& entry, const std::string& where) {
  if (values.has(entry.key)) return;
  std::vector<std::string> names;
  for (const Option& option : values.schema()) names.push_back(option.name);
  const std::string section = values.prefix().empty() ? "" : " in [" + values.prefix() + "]";
  throw UsageError("unknown option '" + entry.key + "'" + section, where,
                   did_you_mean(entry.key, names));
}

// The place of a value; for a text also the comment after it, if the comment may have been meant as
// a part of the value.
std::string source_of(const RunFileEntry& entry, const RunFile& file, const OptionValues& values) {
  const bool text = std::ranges::any_of(values.schema(), [&](const Option& option) {
    return option.name == entry.key && option.type == "text";
  });
  const std::string place = file.place(entry.line);
  if (!text || !entry.ends_at_doubtful_comment()) return place;
  return place + ", cut at the comment '" + entry.comment + "'";
}

void refuse_left_out(std::span<const std::string> arguments, const std::vector<LeftOut>& left_out) {
  for (const LeftOut& plugin : left_out)
    for (const std::string& argument : arguments)
      if (argument.starts_with("--" + plugin.name + "."))
        throw UsageError("'" + plugin.name + "' is not in this run (" + plugin.reason + ")",
                         argument, "Remove the option.");
}

}  // namespace

void apply_file(const RunFile& file, const Addressees& to, const std::vector<LeftOut>& left_out,
                const VerbSchema& verb, bool typed) {
  Layer layer(typed);
  for (const RunFileSection& section : file.sections) {
    if (!verb.composes() && !to.contains(section.name)) continue;  // a plugin's
    const bool absent = std::ranges::any_of(
        left_out, [&](const LeftOut& plugin) { return plugin.name == section.name; });
    if (absent && !to.contains(section.name)) continue;
    OptionValues& values = section_values(section, to, file.place(section.line));
    for (const RunFileEntry& entry : section.entries) {
      if (section.name.empty() && !values.has(entry.key) &&
          std::ranges::find(verb.passed_over, entry.key) != verb.passed_over.end())
        continue;
      check_key(values, entry, file.place(entry.line));
      layer.add(values, entry.key, entry.value, source_of(entry, file, values));
    }
  }
  layer.apply();
}

void apply_arguments(std::span<const std::string> arguments, const Addressees& to,
                     const std::vector<LeftOut>& left_out) {
  refuse_left_out(arguments, left_out);
  std::vector<Option> known;
  for (const auto& [prefix, values] : to)
    std::ranges::move(with_prefix(prefix, values->schema()), std::back_inserter(known));
  Layer layer(true);
  for (const Argument& argument : parse_arguments(arguments, known)) {
    // Option names have no dots, instance names may.
    const std::size_t dot = argument.name.rfind('.');
    const bool dotted = dot != std::string::npos;
    OptionValues& values = *to.at(dotted ? argument.name.substr(0, dot) : "");
    layer.add(values, dotted ? argument.name.substr(dot + 1) : argument.name, argument.value,
              command_line);
  }
  layer.apply();
}

}  // namespace trainbus
