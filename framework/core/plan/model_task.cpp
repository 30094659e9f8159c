#include "core/plan/model_task.hpp"

#include <boost/json.hpp>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/json.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
constexpr const char* file_name = "trainbus.json";

}  // namespace

fs::path model_path(const fs::path& given) {
  std::error_code error;
  return fs::exists(given / "model" / "config.json", error) ? given / "model" : given;
}

ModelTask read_model_task(const fs::path& model) {
  ModelTask result{.file = model / file_name};
  std::error_code error;
  if (model.empty() || !fs::exists(result.file, error)) return result;
  const std::optional<boost::json::value> kept =
      try_parse_json(file_system().read_all(result.file));
  if (!kept || !kept->is_object())
    throw UsageError(
        "is no JSON object", result.file.string(),
        "Remove it and give --task and its options, --task.template and --task.labels.");
  for (const auto& [key, value] : JsonView(*kept).members()) {
    const std::string text = JsonView(value).text_or("");
    if (key == "task")
      result.task = text;
    else if (!text.empty())
      result.options.emplace(key, text);
  }
  return result;
}

void complete_task_options(const ModelTask& model, RunSpec& spec) {
  if (model.task != spec.run.text("task")) return;
  for (const auto& [name, value] : model.options)
    if (spec.task.has(name) && spec.task.is_default(name))
      spec.task.set(name, value, model.file.string());
}

void write_model_task(const fs::path& folder, std::string_view task, const OptionValues& options,
                      std::span<const std::string_view> kept) {
  boost::json::object content{{"task", task}};
  for (const std::string_view name : kept) content[name] = options.text(name);
  file_system().replace(folder / file_name, boost::json::serialize(content) + "\n");
}

}  // namespace trainbus
