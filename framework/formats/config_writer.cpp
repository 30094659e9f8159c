#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <string>

#include "core/io/error.hpp"
#include "formats/config.hpp"

namespace trainbus {
namespace {

// One field a line, as transformers writes them.
class Lines {
 public:
  void raw(std::string_view key, const std::string& json) {
    text_ += (text_.empty() ? "  \"" : ",\n  \"") + std::string(key) + "\": " + json;
  }
  void field(std::string_view key, std::int64_t number) { raw(key, std::to_string(number)); }
  void field(std::string_view key, bool flag) { raw(key, flag ? "true" : "false"); }
  void field(std::string_view key, double number) { raw(key, shortest(number)); }
  void field(std::string_view key, const std::string& text) {
    raw(key, boost::json::serialize(boost::json::string(text)));
  }
  void field(std::string_view key, const std::optional<std::int64_t>& id) {
    raw(key, id ? std::to_string(*id) : "null");
  }
  std::string text() const { return "{\n" + text_ + "\n}\n"; }

  // A JSON number that stays a real: 10000.0, not 10000, where Python tells the two apart.
  static std::string shortest(double number) {
    std::array<char, 32> buffer;
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    std::string text(buffer.data(), end);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }

 private:
  std::string text_;
};

std::string id_list(const std::vector<std::int64_t>& ids) {
  if (ids.empty()) return "null";
  if (ids.size() == 1) return std::to_string(ids[0]);
  std::string text = "[";
  for (const std::int64_t id : ids) text += std::to_string(id) + ", ";
  text.resize(text.size() - 2);
  return text + "]";
}

// "label2id" is its inverse, as transformers writes them.
void add_labels(const std::vector<std::string>& labels, Lines& lines) {
  if (labels.empty()) return;
  boost::json::object by_id, by_label;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    by_id[std::to_string(i)] = labels[i];
    by_label[labels[i]] = i;
  }
  lines.raw("id2label", boost::json::serialize(by_id));
  lines.raw("label2id", boost::json::serialize(by_label));
}

void add_ids(const ModelConfig& config, Lines& lines) {
  lines.field("bos_token_id", config.bos_id);
  lines.raw("eos_token_id", id_list(config.eos_ids));
  lines.field("pad_token_id", config.pad_id);
}

// What all families call the same; v4 reads torch_dtype, v5 dtype or torch_dtype.
void add_common(const ModelConfig& config, Lines& lines) {
  lines.field("hidden_size", config.hidden_size);
  lines.field("max_position_embeddings", config.max_position_embeddings);
  lines.field("model_type", config.model_type);
  lines.field("num_attention_heads", config.heads);
  lines.field("num_hidden_layers", config.layers);
  lines.field("tie_word_embeddings", config.tie_word_embeddings);
  lines.field("torch_dtype", config.dtype);
  lines.field("use_cache", true);
  lines.field("vocab_size", config.vocab_size);
}

std::string format_llama(const ModelConfig& config) {
  Lines lines;
  lines.raw("architectures", "[\"LlamaForCausalLM\"]");
  lines.field("attention_bias", config.attention_bias);
  lines.field("attention_dropout", 0.0);
  lines.field("head_dim", config.head_dim);
  lines.field("hidden_act", config.hidden_act);
  lines.field("initializer_range", 0.02);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("mlp_bias", config.mlp_bias);
  lines.field("num_key_value_heads", config.kv_heads);
  lines.field("rms_norm_eps", config.norm_eps);
  // v4 reads rope_theta and rope_scaling, v5 rope_parameters.
  const std::string theta = Lines::shortest(config.rope_theta);
  lines.raw("rope_parameters", "{\"rope_theta\": " + theta + ", \"rope_type\": \"default\"}");
  lines.raw("rope_scaling", "null");
  lines.raw("rope_theta", theta);
  add_ids(config, lines);
  add_common(config, lines);
  return lines.text();
}

std::string format_opt(const ModelConfig& config) {
  Lines lines;
  lines.raw("architectures", "[\"OPTForCausalLM\"]");
  lines.field("activation_function", config.hidden_act);
  lines.field("do_layer_norm_before", true);
  lines.field("enable_bias", true);
  lines.field("ffn_dim", config.intermediate_size);
  lines.field("layer_norm_elementwise_affine", true);
  lines.field("word_embed_proj_dim", config.hidden_size);
  add_ids(config, lines);
  add_common(config, lines);
  return lines.text();
}

std::string format_bert(const ModelConfig& config) {
  Lines lines;
  lines.raw("architectures", boost::json::serialize(boost::json::array{config.architecture}));
  if (!config.classifier_pooling.empty())
    lines.field("classifier_pooling", config.classifier_pooling);
  lines.field("hidden_act", config.hidden_act);
  add_labels(config.labels, lines);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("layer_norm_eps", config.norm_eps);
  lines.field("position_embedding_type", std::string("absolute"));
  lines.field("type_vocab_size", config.type_vocab_size);
  add_ids(config, lines);
  add_common(config, lines);
  return lines.text();
}

}  // namespace

std::string format_config(const ModelConfig& config) {
  if (config.model_type == "llama") return format_llama(config);
  if (config.model_type == "opt") return format_opt(config);
  if (config.model_type == "bert") return format_bert(config);
  throw UsageError("a configuration of type \"" + config.model_type + "\" cannot be written",
                   "config.json", "Only those of llama, opt and bert are written.");
}

}  // namespace trainbus
