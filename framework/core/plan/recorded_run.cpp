#include "core/plan/recorded_run.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/json.hpp"
#include "core/io/number_text.hpp"
#include "core/journal/reader.hpp"
#include "core/plan/recorded_paths.hpp"
#include "core/plan/run_record.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

json::object parsed(std::string_view run_json, const std::string& name) {
  std::optional<json::value> run = try_parse_json(run_json);
  const JsonView view = run ? JsonView(*run) : JsonView();
  if (!view["options"].is_object() || !view["task"].is_object() || !view["plugins"].is_array())
    throw UsageError("this is not the record of a run", name,
                     "Give the folder of a run that trainbus train made.");
  return std::move(run->as_object());
}

// A value as a person would type it; empty for none.
std::string text_of(JsonView view) {
  if (const auto text = view.text()) return std::string(*text);
  if (const auto flag = view.flag()) return *flag ? "true" : "false";
  const json::value* value = view.value();
  if (value && value->is_double()) return shortest_text(value->get_double());
  return value ? json::serialize(*value) : std::string();
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

void add_options(JsonView options, RunFileSection& section, const RecordedPaths* paths = nullptr) {
  for (const auto& [name, option] : options.members()) {
    std::string text = text_of(JsonView(option)["value"]);
    if (JsonView(option)["source"].text() == "default" || text == "(secret)") continue;
    if (name == "overwrite") continue;  // it applied to the first attempt only
    if (paths && name == "plugin-path") text = located(text, *paths);
    // These are resolved already.
    const bool composes = name == "plugin" || name == "without" || (paths && name == "objective");
    if (!composes) add_entries(name, text, name == "plugin-path", section);
  }
}

// The recorded file if it still exists, even if its plugin would be found elsewhere now.
std::string file_or_id(JsonView plugin) {
  const std::string file = text_of(plugin["file"]);
  std::error_code error;
  return std::filesystem::exists(file, error) ? file : text_of(plugin["id"]);
}

bool is_reward(JsonView plugin) { return text_of(plugin["role"]) == "reward"; }

// The plugins of a run as its options name them: a reward is the objective.
void add_plugins(JsonView run, RunFileSection& section) {
  std::string objective = text_of(run["options"]["objective"]["value"]);
  for (const JsonView plugin : run["plugins"].elements())
    if (is_reward(plugin))
      objective = file_or_id(plugin);
    else
      section.entries.push_back({"plugin", text_of(plugin["name"]) + "=" + file_or_id(plugin)});
  if (!objective.empty()) section.entries.push_back({"objective", objective});
}

// Every value of a record by its full name.
using Values = std::vector<std::pair<std::string, std::string>>;

void add_values(const std::string& prefix, JsonView options, Values& values) {
  for (const auto& [name, option] : options.members())
    values.emplace_back(prefix + std::string(name), text_of(JsonView(option)["value"]));
}

Values values_of(const json::object& record) {
  static const std::string_view here[] = {"name",   "run-dir", "overwrite",
                                          "plugin", "without", "plugin-path"};
  const JsonView run(record);
  Values values;
  add_values("", run["options"], values);
  std::erase_if(values, [](const auto& v) { return std::ranges::count(here, v.first) > 0; });
  add_values("task.", run["task"], values);
  for (const JsonView plugin : run["plugins"].elements()) {
    const std::string name = text_of(plugin["name"]);
    values.emplace_back("plugin " + name, text_of(plugin["id"]));
    // Wherever its file is.
    if (is_reward(plugin))
      for (auto& [option, value] : values)
        if (option == "objective") value = text_of(plugin["id"]);
    add_values(name + ".", plugin["options"], values);
  }
  return values;
}

// Records of earlier builds have numbers that may be off in the last place.
bool is_same_value(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto left = number_from<double>(a), right = number_from<double>(b);
  return left && right && is_same_but_for_the_last_place(*left, *right);
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
  const std::optional<json::value> text = try_parse_json(header.text);
  const JsonView run = text ? JsonView(*text)["run"] : JsonView();
  return run.exists() ? json::serialize(*run.value()) : std::string();
}

RunFile recorded_options(std::string_view run_json, std::string name,
                         const std::filesystem::path& folder) {
  const json::object record = parsed(run_json, name);
  const JsonView run(record);
  const RecordedPaths paths(run_json, folder);
  RunFile file{std::move(name), {{}}};
  add_plugins(run, file.sections.front());
  add_options(run["options"], file.sections.front(), &paths);
  const auto add_section = [&](std::string title, JsonView options) {
    RunFileSection section{std::move(title), 0, {}};
    add_options(options, section);
    if (!section.entries.empty()) file.sections.push_back(std::move(section));
  };
  add_section("task", run["task"]);
  for (const JsonView plugin : run["plugins"].elements())
    add_section(text_of(plugin["name"]), plugin["options"]);
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
    } else if (!is_same_value(found->second, value)) {
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
  for (const JsonView then : JsonView(run)["plugins"].elements())
    for (const PluginInstance& now : spec.plugins) {
      if (now.name != text_of(then["name"]) || now.plugin->id != text_of(then["id"])) continue;
      const std::string file = now.plugin->file.string(), before = text_of(then["file"]);
      const bool moved = file != before;
      const bool other = sha256_file(now.plugin->file) != text_of(then["sha256"]);
      if (!moved && !other) continue;
      changes.push_back("the plugin " + now.name + " was taken from " + before +
                        ", is now taken from " + (moved ? file : "there") +
                        (other ? ", with other contents (SHA-256)" : ", with the same contents"));
    }
  return changes;
}

bool is_complete(std::string_view run_json) {
  const std::optional<json::value> run = try_parse_json(run_json);
  return run && JsonView(*run)["end"]["kind"].text() == "completed";
}

}  // namespace trainbus
