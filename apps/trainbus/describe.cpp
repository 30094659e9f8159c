#include <iostream>

#include "plan.hpp"
#include "table.hpp"
#include "verbs.hpp"

namespace trainbus::cli {
namespace {

// A value on one line: what is not set or would break the line is made visible.
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
  // Quotes where blanks at the ends would not be seen.
  const bool quote = result.front() == ' ' || result.back() == ' ';
  return quote ? '"' + result + '"' : result;
}

void add_rows(std::vector<std::vector<std::string>>& rows, const OptionValues& values) {
  const std::string prefix = values.prefix().empty() ? "" : values.prefix() + ".";
  for (const Option& option : values.schema()) {
    const OptionValue& value = values.value(option.name);
    rows.push_back({prefix + option.name, shown(option, value.text), value.source});
  }
}

}  // namespace

int describe(const Call& call) {
  const RunSpec spec = plan_run(call, Completeness::Optional);

  std::cout << "Plugins\n";
  std::vector<std::vector<std::string>> rows;
  for (const PluginInstance& instance : spec.plugins)
    rows.push_back({instance.name, std::string(instance.plugin->role()),
                    instance.plugin->id + ' ' + std::string(instance.plugin->version()),
                    instance.source, instance.plugin->file.string()});
  for (const LeftOut& plugin : spec.left_out)
    rows.push_back({plugin.name, "left out", plugin.reason});
  print_table(std::cout, rows, "  ");

  std::cout << "\nOptions\n";
  rows.clear();
  add_rows(rows, spec.run);
  add_rows(rows, spec.task);
  for (const PluginInstance& instance : spec.plugins) add_rows(rows, instance.options);
  print_table(std::cout, rows, "  ");
  return exit_done;
}

}  // namespace trainbus::cli
