#include "task_file.hpp"

#include <boost/json.hpp>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "formats/atomic_file.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
constexpr const char* file_name = "trainbus.json";
constexpr const char* kept_options[] = {"template", "labels", "max-tokens"};

// Empty if there is none.
boost::json::object read(const fs::path& model) {
  const fs::path file = model / file_name;
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  boost::json::error_code broken;
  const boost::json::value kept = boost::json::parse(file_system().read_all(file), broken);
  if (broken || !kept.is_object())
    throw UsageError("is no JSON object", file.string(),
                     "Remove it and give --task.template and --task.labels.");
  return kept.as_object();
}

std::string text(const boost::json::object& kept, std::string_view name) {
  const boost::json::value* value = kept.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

fs::path model_path(const fs::path& given) {
  std::error_code error;
  return fs::exists(given / "model" / "config.json", error) ? given / "model" : given;
}

std::string task_of(const RunSpec& spec, const fs::path& model) {
  const std::string& asked = spec.run.text("task");
  if (!spec.run.is_default("task")) return asked;
  const std::string kept = text(read(model), "task");
  if (kept != "text-classification") return asked;
  if (spec.task.has("template") && !spec.task.is_default("template"))
    throw UsageError("the model was trained for text-classification, which has no template",
                     "--task.template", "Leave it out.");
  return kept;
}

OptionValues task_options_for(const fs::path& model, const std::string& task, OptionValues given) {
  const boost::json::object kept = read(model);
  if (text(kept, "task") != task) return given;
  for (const char* name : kept_options)
    if (const std::string value = text(kept, name);
        !value.empty() && given.has(name) && given.is_default(name))
      given.set(name, value, (model / file_name).string());
  return given;
}

void write_task_file(const fs::path& folder, const std::string& task, const OptionValues& options) {
  boost::json::object kept{{"task", task}};
  for (const char* name : kept_options)
    if (options.has(name)) kept[name] = options.text(name);
  write_file(folder / file_name, boost::json::serialize(kept) + "\n");
}

}  // namespace trainbus
