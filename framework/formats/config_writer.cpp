#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <string>

#include "core/error.hpp"
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

}  // namespace

std::string format_llama_config(const ModelConfig& config) {
  if (config.model_type != "llama")
    throw UsageError("a configuration of type \"" + config.model_type + "\" cannot be written",
                     "config.json", "Only the llama family is written.");
  Lines lines;
  lines.raw("architectures", "[\"LlamaForCausalLM\"]");
  lines.field("attention_bias", config.attention_bias);
  lines.field("attention_dropout", 0.0);
  lines.field("bos_token_id", config.bos_id);
  lines.raw("eos_token_id", id_list(config.eos_ids));
  lines.field("head_dim", config.head_dim);
  lines.field("hidden_act", config.hidden_act);
  lines.field("hidden_size", config.hidden_size);
  lines.field("initializer_range", 0.02);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("max_position_embeddings", config.max_position_embeddings);
  lines.field("mlp_bias", config.mlp_bias);
  lines.field("model_type", config.model_type);
  lines.field("num_attention_heads", config.heads);
  lines.field("num_hidden_layers", config.layers);
  lines.field("num_key_value_heads", config.kv_heads);
  lines.field("pad_token_id", config.pad_id);
  lines.field("rms_norm_eps", config.norm_eps);
  // v4 reads rope_theta, rope_scaling and torch_dtype, v5 rope_parameters and dtype.
  const std::string theta = Lines::shortest(config.rope_theta);
  lines.raw("rope_parameters", "{\"rope_theta\": " + theta + ", \"rope_type\": \"default\"}");
  lines.raw("rope_scaling", "null");
  lines.raw("rope_theta", theta);
  lines.field("tie_word_embeddings", config.tie_word_embeddings);
  lines.field("torch_dtype", config.dtype);
  lines.field("use_cache", true);
  lines.field("vocab_size", config.vocab_size);
  return lines.text();
}

}  // namespace trainbus
