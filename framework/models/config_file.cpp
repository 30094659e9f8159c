#include "models/config_file.hpp"

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/foreign_file.hpp"
#include "formats/mapped_file.hpp"
#include "models/families/registry.hpp"

namespace trainbus {

ModelConfig parse_config(std::string_view text, const std::string& where) {
  const boost::json::value document =
      parse_json(text, where, {.python_numbers = PythonNumbers::AsText});
  const JsonFields fields(document, where);
  const std::string type = fields.text("model_type");
  const ModelFamily* family = find_model_family(type);
  if (family == nullptr)
    fields.refuse("model_type", model_family_names(), "Use a model of one of these families.");
  ModelConfig config;
  config.model_type = type;
  family->read(fields, config);
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
  ConfigLines lines;
  family->write(config, lines);
  return lines.text();
}

}  // namespace trainbus
