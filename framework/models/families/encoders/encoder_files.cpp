#include "models/families/encoders/encoder_files.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace trainbus {

void refuse_other_encoders(const JsonFields& fields) {
  constexpr std::string_view without = "Use a checkpoint without it.";
  if (fields.text("position_embedding_type", "absolute") != "absolute")
    fields.refuse("position_embedding_type", "\"absolute\": relative ones are not computed",
                  without);
  for (const std::string_view key : {"is_decoder", "add_cross_attention"})
    if (fields.flag(key, false)) fields.refuse(key, "false: only encoders are computed", without);
}

void read_bert_like_config(const JsonFields& fields, ModelConfig& config) {
  refuse_other_encoders(fields);
  read_common_config(fields,
                     {.norm_eps = "layer_norm_eps",
                      .default_norm_eps = 1e-12,
                      .default_activation = "gelu",
                      .rope = false,
                      .tied = true},
                     config);
  constexpr std::int64_t default_types = 2;
  if (!fields.has("type_vocab_size")) config.type_vocab_size = default_types;
  if (config.type_vocab_size < 1)
    fields.refuse("type_vocab_size", "at least 1", "Take an intact configuration.");
}

void write_heads(const ModelConfig& config, ConfigLines& lines) {
  boost::json::array names;
  if (!config.architecture.empty()) names.emplace_back(config.architecture);
  lines.raw("architectures", boost::json::serialize(names));
  lines.labels(config.labels);
}

void write_bert_like_config(const ModelConfig& config, ConfigLines& lines) {
  write_heads(config, lines);
  lines.field("hidden_act", config.hidden_act);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("layer_norm_eps", config.norm_eps);
  lines.field("position_embedding_type", std::string("absolute"));
  lines.field("type_vocab_size", config.type_vocab_size);
  lines.common(config);
}

}  // namespace trainbus
