#include "run_options.hpp"

#include <algorithm>
#include <iterator>
#include <trainbus/plugin/number.hpp>

namespace trainbus::tensorboard {
namespace {

std::string text_of(const Json* value) {
  const auto* text = value ? value->as<std::string>() : nullptr;
  return text ? *text : std::string();
}

std::string text_of(const HyperValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* words = std::get_if<std::string>(&value)) return *words;
  std::string out;
  append_number(out, std::get<double>(value));
  return out;
}

// Options of the launcher for where a run is stored and how it is shown. They are left out because
// they differ between all runs, such as the name.
bool is_about_the_run_itself(std::string_view name) {
  constexpr std::string_view names[] = {"name",         "run-dir",   "overwrite",
                                        "plugin",       "without",   "plugin-path",
                                        "disable-tqdm", "log-level", "strict-plugins"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Every observer has these from the host, mostly untouched.
bool is_about_delivery(std::string_view name) {
  constexpr std::string_view names[] = {"every", "after", "before", "once", "metrics", "isolate"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// {"lr": {"value": 1e-6, "source": "command line"}, …}
void add(std::vector<RunOption>& out, const std::string& prefix, const Json* options,
         bool computes) {
  const auto* members = options ? options->as<Json::Object>() : nullptr;
  if (!members) return;
  for (const auto& [name, option] : *members) {
    const Json* value = option.find("value");
    if (!value) continue;
    RunOption found{prefix + name, {}, text_of(option.find("source")), computes};
    if (const auto* flag = value->as<bool>())
      found.value = *flag;
    else if (const auto* number = value->as<double>())
      found.value = *number;
    else if (const auto* words = value->as<std::string>())
      found.value = *words;
    else
      continue;
    out.push_back(std::move(found));
  }
}

// Text inside a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '`' || c == '*' || c == '_' || c == '<') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::vector<RunOption> run_options(const Json& run) {
  std::vector<RunOption> out;
  add(out, "", run.find("options"), true);
  for (RunOption& option : out) option.computes = !is_about_the_run_itself(option.name);
  add(out, "task.", run.find("task"), true);
  const Json* plugins = run.find("plugins");
  const auto* instances = plugins ? plugins->as<Json::Array>() : nullptr;
  if (!instances) return out;
  for (const Json& plugin : *instances) {
    const std::string role = text_of(plugin.find("role"));
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    const std::string prefix = text_of(plugin.find("name")) + ".";
    add(out, prefix, plugin.find("options"), role != "sink");
    if (role == "optimizer") continue;
    for (auto option = out.begin() + first; option != out.end(); ++option)
      if (option->source == "default" && is_about_delivery(option->name.substr(prefix.size())))
        option->computes = false;
  }
  return out;
}

HyperParameters hyper_parameters(const std::vector<RunOption>& options) {
  HyperParameters out;
  for (const RunOption& option : options)
    if (option.computes && option.value != HyperValue(std::string()))
      out.emplace_back(option.name, option.value);
  return out;
}

std::string markdown(const std::vector<RunOption>& options) {
  std::string out = "| option | value | from |\n| --- | --- | --- |\n";
  for (const RunOption& option : options)
    out += "| " + cell(option.name) + " | " + cell(text_of(option.value)) + " | " +
           cell(option.source) + " |\n";
  return out;
}

}  // namespace trainbus::tensorboard
