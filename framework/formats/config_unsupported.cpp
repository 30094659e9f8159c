#include "formats/config_unsupported.hpp"

#include <boost/json/array.hpp>
#include <string>

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view remedy = "Use a checkpoint without it.";

void refuse_in_any(const JsonFields& fields) {
  if (fields.has("quantization_config"))
    fields.refuse("quantization_config", "none: quantised weights are not read", remedy);
  if (fields.flag("use_sliding_window", false))
    fields.refuse("use_sliding_window", "false: sliding windows are not computed", remedy);
  if (fields.has("layer_types"))
    for (const json::value& type : fields.array("layer_types"))
      if (type != json::value("full_attention"))
        fields.refuse("layer_types", "only \"full_attention\", not " + json_excerpt(type), remedy);
}

// opt-350m is the one that differs from its sisters in the first and the last.
void refuse_in_opt(const JsonFields& fields) {
  if (!fields.flag("do_layer_norm_before", true))
    fields.refuse("do_layer_norm_before", "true: norms behind each block are not computed",
                  "Use another OPT than opt-350m.");
  if (fields.flag("_remove_final_layer_norm", false))
    fields.refuse("_remove_final_layer_norm", "false: a final norm is computed", remedy);
  if (!fields.flag("enable_bias", true))
    fields.refuse("enable_bias", "true: matrices without biases are not computed", remedy);
  if (!fields.flag("layer_norm_elementwise_affine", true))
    fields.refuse("layer_norm_elementwise_affine", "true: norms without gains are not computed",
                  remedy);
  if (fields.has("word_embed_proj_dim") && fields.has("hidden_size") &&
      fields.number("word_embed_proj_dim", 0) != fields.number("hidden_size", 0))
    fields.refuse("word_embed_proj_dim", "hidden_size: projections are not computed",
                  "Use another OPT than opt-350m.");
}

void refuse_in_bert(const JsonFields& fields) {
  if (fields.text("position_embedding_type", "absolute") != "absolute")
    fields.refuse("position_embedding_type", "\"absolute\": relative ones are not computed",
                  remedy);
  for (const std::string_view key : {"is_decoder", "add_cross_attention"})
    if (fields.flag(key, false)) fields.refuse(key, "false: only encoders are computed", remedy);
}

}  // namespace

void refuse_unsupported(const JsonFields& fields, std::string_view model_type) {
  refuse_in_any(fields);
  if (model_type == "opt") refuse_in_opt(fields);
  if (model_type == "bert" || model_type == "roberta") refuse_in_bert(fields);
}

}  // namespace trainbus
