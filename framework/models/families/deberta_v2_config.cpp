#include "models/families/deberta_v2_config.hpp"

#include <boost/json/array.hpp>

#include "formats/config/check.hpp"
#include "models/families/encoders/encoder_files.hpp"

namespace trainbus {
namespace {

constexpr std::string_view without = "Use a checkpoint without it.";

// "p2c|c2p" in the published files, ["p2c", "c2p"] in those of transformers 5.
void read_attention_types(const JsonFields& fields, DebertaConfig& deberta) {
  const boost::json::value* value = fields.find("pos_att_type");
  if (value == nullptr) return;
  std::string names;
  if (value->is_array()) {
    for (const boost::json::value& name : value->get_array())
      names += name.is_string() ? std::string(name.get_string()) + "|" : "?|";
  } else {
    names = fields.text("pos_att_type") + "|";
  }
  for (std::size_t begin = 0, end; begin < names.size(); begin = end + 1) {
    end = names.find('|', begin);
    std::string name = names.substr(begin, end - begin);
    std::erase(name, ' ');
    if (name == "c2p")
      deberta.content_to_position = true;
    else if (name == "p2c")
      deberta.position_to_content = true;
    else if (!name.empty())
      fields.refuse("pos_att_type", "\"c2p\" and \"p2c\": others are not computed", without);
  }
}

void refuse_other_debertas(const JsonFields& fields, const ModelConfig& config) {
  const auto same_as_hidden = [&](std::string_view key, std::int64_t expected) {
    if (fields.integer(key, 1, largest_model_extent, expected) != expected)
      fields.refuse(key, std::to_string(expected) + ": other widths are not computed", without);
  };
  same_as_hidden("embedding_size", config.hidden_size);
  same_as_hidden("pooler_hidden_size", config.hidden_size);
  same_as_hidden("attention_head_size", config.head_dim);
  if (fields.integer("conv_kernel_size", 0, largest_model_extent, 0) > 0)
    fields.refuse("conv_kernel_size", "0: the convolution behind the first block is not computed",
                  "Use DeBERTa-v3, or the sizes of version 2 without it.");
  if (!fields.flag("relative_attention", false))
    fields.refuse("relative_attention", "true: attention without distances is not computed",
                  "Use a DeBERTa of version 2 or 3 as published.");
  if (!fields.flag("share_att_key", false))
    fields.refuse("share_att_key", "true: separate projections of the distances are not computed",
                  without);
}

}  // namespace

void read_deberta(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields,
                     {.norm_eps = "layer_norm_eps",
                      .default_norm_eps = 1e-7,
                      .default_activation = "gelu",
                      .rope = false,
                      .tied = true},
                     config);
  refuse_other_debertas(fields, config);
  DebertaConfig& deberta = config.deberta;
  deberta.position_buckets = fields.integer("position_buckets", -1, largest_model_extent, -1);
  if (deberta.position_buckets == 1)
    fields.refuse("position_buckets", "at least 2, or -1 for none",
                  "Take an intact configuration.");
  deberta.max_relative_positions =
      fields.integer("max_relative_positions", -1, largest_model_extent, -1);
  if (deberta.max_relative_positions < 1)
    deberta.max_relative_positions = config.max_position_embeddings;
  if (deberta.position_buckets > 0 &&
      deberta.max_relative_positions < deberta.position_buckets / 2 + 2)
    fields.refuse(
        "position_buckets",
        "fewer than twice the largest distance, " + std::to_string(deberta.max_relative_positions),
        "Take an intact configuration.");
  read_attention_types(fields, deberta);
  const std::string norm = fields.text("norm_rel_ebd", "none");
  if (norm != "none" && norm != "layer_norm")
    fields.refuse("norm_rel_ebd", "\"layer_norm\" or \"none\"", without);
  deberta.norm_relative = norm == "layer_norm";
  deberta.absolute_positions = fields.flag("position_biased_input", true);
  deberta.legacy = fields.flag("legacy", true);
  deberta.pooler_hidden_act = fields.text("pooler_hidden_act", "gelu");
}

void write_deberta(const ModelConfig& config, ConfigLines& lines) {
  const DebertaConfig& deberta = config.deberta;
  std::string types;
  if (deberta.position_to_content) types = "\"p2c\"";
  if (deberta.content_to_position) types += types.empty() ? "\"c2p\"" : ", \"c2p\"";
  write_heads(config, lines);
  lines.field("hidden_act", config.hidden_act);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("layer_norm_eps", config.norm_eps);
  lines.field("legacy", deberta.legacy);
  lines.field("max_relative_positions", deberta.max_relative_positions);
  lines.field("norm_rel_ebd", std::string(deberta.norm_relative ? "layer_norm" : "none"));
  lines.field("pooler_hidden_act", deberta.pooler_hidden_act);
  lines.field("pooler_hidden_size", config.hidden_size);
  lines.raw("pos_att_type", "[" + types + "]");
  lines.field("position_biased_input", deberta.absolute_positions);
  lines.field("position_buckets", deberta.position_buckets);
  lines.field("relative_attention", true);
  lines.field("share_att_key", true);
  lines.field("type_vocab_size", config.type_vocab_size);
  lines.common(config);
}

}  // namespace trainbus
