#include "core/plan/recorded_run.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/number_text.hpp"
#include "core/journal/reader.hpp"
#include "core/plan/recorded_paths.hpp"
#include "core/plan/run_record.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

json::object parsed(std::string_view run_json, const std::string& name) {
  boost::system::error_code error;
  json::value value = json::parse(run_json, error);
  const auto is_object = [&](const char* key) {
    const json::value* part = value.as_object().if_contains(key);
    return part && part->is_object();
  };
  const bool whole = !error && value.is_object() && is_object("options") && is_object("task") &&
                     value.as_object().if_contains("plugins") &&
                     value.as_object()["plugins"].is_array();
  if (!whole)
    throw UsageError("this is not the record of a run", name,
                     "Give the folder of a run that trainbus train made.");
  return std::move(value.as_object());
}

std::string text_of(const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(*text);
  if (const bool* flag = value.if_bool()) return *flag ? "true" : "false";
  if (const std::int64_t* whole = value.if_int64()) return std::to_string(*whole);
  if (const double* number = value.if_double()) return shortest_text(*number);
  return json::serialize(value);
}

std::string member(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  const json::value* value = members ? members->if_contains(name) : nullptr;
  return value ? text_of(*value) : std::string();
}

// The entries of one option: several where it is repeatable and has several values.
void add_entries(const std::string& name, const std::string& text, bool repeatable,
                 RunFileSection& section) {
  std::string_view rest = text;
  while (true) {
    const std::size_t end = repeatable ? rest.find('\n') : std::string_view::npos;
    section.entries.push_back({name, std::string(rest.substr(0, end))});
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

// Each line is a path.
std::string located(const std::string& text, const RecordedPaths& paths) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    result += (result.empty() ? "" : "\n") + paths.find(line);
  return result;
}

void add_options(const json::value& options, RunFileSection& section,
                 const RecordedPaths* paths = nullptr) {
  if (!options.is_object()) return;
  for (const auto& [name, option] : options.get_object()) {
    std::string text = member(option, "value");
    if (member(option, "source") == "default" || text == "(secret)") continue;
    if (name == "overwrite") continue;  // it applied to the first attempt only
    if (paths && name == "plugin-path") text = located(text, *paths);
    const bool composes = name == "plugin" || name == "without";  // these are resolved already
    if (!composes) add_entries(name, text, name == "plugin-path", section);
  }
}

// The recorded file if it still exists, even if its plugin would be found elsewhere now.
std::string wish(const json::value& plugin) {
  const std::string file = member(plugin, "file"), name = member(plugin, "name");
  std::error_code error;
  return name + "=" + (std::filesystem::exists(file, error) ? file : member(plugin, "id"));
}

// Every value of a record by its full name.
using Values = std::vector<std::pair<std::string, std::string>>;

void add_values(const std::string& prefix, const json::value& options, Values& values) {
  if (!options.is_object()) return;
  for (const auto& [name, option] : options.get_object())
    values.emplace_back(prefix + std::string(name), member(option, "value"));
}

Values values_of(const json::object& run) {
  static const std::string_view here[] = {"name",   "run-dir", "overwrite",
                                          "plugin", "without", "plugin-path"};
  Values values;
  add_values("", run.at("options"), values);
  std::erase_if(values, [](const auto& v) { return std::ranges::count(here, v.first) > 0; });
  add_values("task.", run.at("task"), values);
  for (const json::value& plugin : run.at("plugins").as_array()) {
    const std::string name = member(plugin, "name");
    values.emplace_back("plugin " + name, member(plugin, "id"));
    if (plugin.is_object() && plugin.get_object().contains("options"))
      add_values(name + ".", plugin.get_object().at("options"), values);
  }
  return values;
}

// The full names of the options that say where the model and the data are.
std::set<std::string> names_of_places(const RunSpec& spec) {
  std::set<std::string> names;
  for (const OptionValues* values : {&spec.run, &spec.task})
    for (const Option& option : values->schema())
      if (option.type == "path" && !(option.flags & TB_OPTION_REPEATABLE))
        names.insert((values == &spec.task ? "task." : "") + option.name);
  return names;
}

std::string whole(const std::string& path) {
  std::error_code error;
  const auto result = std::filesystem::absolute(path, error).lexically_normal();
  return (result.has_filename() ? result : result.parent_path()).string();
}

}  // namespace

std::string record_of_run(const std::filesystem::path& folder) {
  FileSystem& files = file_system();
  if (files.exists(folder / "run.json")) return files.read_all(folder / "run.json");
  return record_of_run(journal::read(files, folder / "journal").header);
}

std::string record_of_run(const journal::Header& header) {
  boost::system::error_code error;
  const json::value text = json::parse(header.text, error);
  const json::object* members = error ? nullptr : text.if_object();
  const json::value* run = members ? members->if_contains("run") : nullptr;
  return run ? json::serialize(*run) : std::string();
}

RunFile recorded_options(std::string_view run_json, std::string name,
                         const std::filesystem::path& folder) {
  const json::object run = parsed(run_json, name);
  const RecordedPaths paths(run_json, folder);
  RunFile file{std::move(name), {{}}};
  for (const json::value& plugin : run.at("plugins").as_array())
    file.sections.front().entries.push_back({"plugin", wish(plugin)});
  add_options(run.at("options"), file.sections.front(), &paths);
  const auto add_section = [&](std::string title, const json::value& options) {
    RunFileSection section{std::move(title), 0, {}};
    add_options(options, section);
    if (!section.entries.empty()) file.sections.push_back(std::move(section));
  };
  add_section("task", run.at("task"));
  for (const json::value& plugin : run.at("plugins").as_array())
    if (plugin.is_object() && plugin.get_object().contains("options"))
      add_section(member(plugin, "name"), plugin.get_object().at("options"));
  return file;
}

std::vector<OptionChange> changes_since(std::string_view run_json, const RunSpec& spec) {
  const Values before = values_of(parsed(run_json, "run.json"));
  const Values after = values_of(parsed(to_json(spec), "this run"));
  const std::map<std::string, std::string> now(after.begin(), after.end());
  const std::map<std::string, std::string> then(before.begin(), before.end());
  const std::set<std::string> places = names_of_places(spec);
  const RecordedPaths paths(run_json, spec.run.has("run-dir") ? spec.run.text("run-dir") : "");
  std::vector<OptionChange> changes;
  for (const auto& [option, value] : before)
    if (const auto found = now.find(option); found == now.end()) {
      if (option.starts_with("plugin ")) changes.push_back({option, value, "(none)"});
    } else if (found->second != value) {
      const bool is_place = places.contains(option) && !value.empty() && !found->second.empty();
      if (!is_place || paths.find(value) != whole(found->second))
        changes.push_back({option, value, found->second, is_place});
    }
  for (const auto& [option, value] : after)
    if (!then.contains(option) && option.starts_with("plugin "))
      changes.push_back({option, "(none)", value});
  return changes;
}

std::vector<std::string> plugin_changes(std::string_view run_json, const RunSpec& spec) {
  std::vector<std::string> changes;
  const json::object run = parsed(run_json, "run.json");
  for (const json::value& then : run.at("plugins").as_array())
    for (const PluginInstance& now : spec.plugins) {
      if (now.name != member(then, "name") || now.plugin->id != member(then, "id")) continue;
      const std::string file = now.plugin->file.string(), before = member(then, "file");
      const bool moved = file != before;
      const bool other = sha256_file(now.plugin->file) != member(then, "sha256");
      if (!moved && !other) continue;
      changes.push_back("the plugin " + now.name + " was taken from " + before +
                        ", is now taken from " + (moved ? file : "there") +
                        (other ? ", with other contents (SHA-256)" : ", with the same contents"));
    }
  return changes;
}

bool is_complete(std::string_view run_json) {
  boost::system::error_code error;
  const json::value run = json::parse(run_json, error);
  const json::object* members = error ? nullptr : run.if_object();
  const json::value* end = members ? members->if_contains("end") : nullptr;
  return end && member(*end, "kind") == "completed";
}

}  // namespace trainbus
