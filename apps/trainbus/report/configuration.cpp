#include "report/configuration.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/io/json.hpp"
#include "core/io/number_text.hpp"

namespace trainbus::report {
namespace {

namespace json = boost::json;

// Rows by name, in order of first appearance, with a value for each run.
class Group {
 public:
  Group(std::string title, std::size_t run_count)
      : title_(std::move(title)), run_count_(run_count) {}

  const std::string& title() const { return title_; }

  void set(const std::string& name, std::size_t run, std::string text, bool is_default = false) {
    auto row = std::ranges::find(rows_, name, &Row::name);
    if (row == rows_.end()) row = rows_.insert(row, {name, json::array(run_count_)});
    row->values[run] = {{"text", std::move(text)}, {"default", is_default}};
  }

  json::object to_json() const {
    json::array rows;
    for (const Row& row : rows_)
      rows.push_back({{"name", row.name}, {"differs", differs(row)}, {"values", row.values}});
    return {{"title", title_}, {"rows", std::move(rows)}};
  }
  bool empty() const { return rows_.empty(); }

 private:
  struct Row {
    std::string name;
    json::array values;
  };

  // If a run lacks the plugin, the differences are the plugin itself and its options that were set,
  // not its defaults.
  static bool differs(const Row& row) {
    if (row.name == "name" || row.name == "run-dir") return false;
    const json::object* first = nullptr;
    bool absent = false, chosen = row.name == "plugin";
    for (const json::value& value : row.values) {
      const json::object* here = value.if_object();
      if (!here) {
        absent = true;
        continue;
      }
      if (first && here->at("text") != first->at("text")) return true;
      if (!here->at("default").get_bool()) chosen = true;
      first = here;
    }
    return absent && chosen;
  }

  std::string title_;
  std::size_t run_count_;
  std::vector<Row> rows_;
};

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_double()) return shortest_text(value.get_double());
  return json::serialize(value);
}

void set_options(Group& group, std::size_t run, JsonView options) {
  for (const auto& [name, option] : options.members())
    if (const json::value* value = JsonView(option)["value"].value())
      group.set(std::string(name), run, text_of(*value),
                JsonView(option)["source"].text_or("").starts_with("default"));
}

void set_plugin(std::vector<Group>& groups, JsonView plugin, std::size_t run,
                std::size_t run_count) {
  const std::string title = "Plugin " + plugin["name"].text_or("");
  auto group = std::ranges::find(groups, title, &Group::title);
  if (group == groups.end()) group = groups.emplace(group, title, run_count);
  group->set("plugin", run, plugin["id"].text_or("") + ' ' + plugin["version"].text_or(""));
  group->set("sha256", run, plugin["sha256"].text_or("").substr(0, 12), true);
  set_options(*group, run, plugin["options"]);
}

}  // namespace

json::array configuration_of(std::span<const Run> runs) {
  Group run_group("Run", runs.size()), task_group("Task", runs.size());
  std::vector<Group> plugin_groups;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const JsonView record(runs[i].record);
    for (const auto& [key, name] :
         {std::pair{"trainbus", "trainbus version"}, {"run_file", "run file"}})
      if (const std::string text = record[key].text_or(""); !text.empty())
        run_group.set(name, i, text);
    set_options(run_group, i, record["options"]);
    set_options(task_group, i, record["task"]);
    for (const JsonView plugin : record["plugins"].elements())
      if (plugin.is_object()) set_plugin(plugin_groups, plugin, i, runs.size());
  }
  json::array result;
  for (const Group* group : {&run_group, &task_group})
    if (!group->empty()) result.push_back(group->to_json());
  for (const Group& group : plugin_groups) result.push_back(group.to_json());
  return result;
}

}  // namespace trainbus::report
