#include "models/files/config_file.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/config/lines.hpp"
#include "formats/foreign_file.hpp"
#include "formats/mapped_file.hpp"
#include "models/families/registry.hpp"

namespace trainbus {
namespace {

ConfigLines lines_of(const ModelFamily& family, const ModelConfig& config) {
  ConfigLines lines;
  family.write(config, lines);
  return lines;
}

// What a file says that is not written anew. Fields that say the same in other words, or what is no
// longer so once the model is saved (its type of numbers, its head), are not kept.
void keep_other_fields(const JsonFields& fields, const ModelFamily& family, ModelConfig& config) {
  constexpr std::string_view written_otherwise[] = {
      "architectures", "dtype",           "torch_dtype",
      "id2label",      "label2id",        "num_labels",
      "problem_type",  "rope_parameters", "transformers_version"};
  const ConfigLines lines = lines_of(family, config);
  for (const auto& [key, value] : fields.members())
    if (!lines.has(key) &&
        std::ranges::find(written_otherwise, std::string_view(key)) == std::end(written_otherwise))
      config.kept.emplace_back(key, boost::json::serialize(value));
}

}  // namespace

ModelConfig parse_config(std::string_view text, const std::string& where) {
  const boost::json::value document =
      parse_json(text, where, {.python_numbers = PythonNumbers::AsText});
  const JsonFields fields(document, where);
  const std::string type = fields.text("model_type");
  const ModelFamily* family = find_model_family(type);
  if (family == nullptr)
    fields.refuse("model_type", model_family_names(),
                  fields.has("text_config")
                      ? "This is a model of text and images; take its text model alone, such as "
                        "Gemma3ForCausalLM of transformers saves it."
                      : "Use a model of one of these families.");
  ModelConfig config;
  config.model_type = type;
  family->read(fields, config);
  keep_other_fields(fields, *family, config);
  return config;
}

ModelConfig read_config(const std::filesystem::path& config_json) {
  const MappedFile file(config_json);
  refuse_foreign(file.text(), config_json, FileKind::Text);
  return parse_config(file.text(), config_json.string());
}

std::string format_config(const ModelConfig& config) {
  const ModelFamily* family = find_model_family(config.model_type);
  if (family == nullptr)
    throw UsageError("a configuration of type \"" + config.model_type + "\" cannot be written",
                     "config.json", "Only those of " + model_family_names() + " are written.");
  ConfigLines lines = lines_of(*family, config);
  for (const auto& [key, json] : config.kept)
    if (!lines.has(key)) lines.raw(key, json);
  return lines.text();
}

}  // namespace trainbus
