#include "formats/config/lines.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <charconv>

namespace trainbus {
namespace {

std::string id_list(const std::vector<std::int64_t>& ids) {
  if (ids.empty()) return "null";
  if (ids.size() == 1) return std::to_string(ids[0]);
  std::string text = "[";
  for (const std::int64_t id : ids) text += std::to_string(id) + ", ";
  text.resize(text.size() - 2);
  return text + "]";
}

std::string number_list(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers)
    text += (text.empty() ? "" : ", ") + ConfigLines::shortest(number);
  return "[" + text + "]";
}

// A JSON object in one line.
class ConfigObject {
 public:
  void raw(std::string_view key, const std::string& json) {
    text_ += (text_.empty() ? "\"" : ", \"") + std::string(key) + "\": " + json;
  }
  void field(std::string_view key, double number) { raw(key, ConfigLines::shortest(number)); }
  void text(std::string_view key, std::string_view word) {
    raw(key, "\"" + std::string(word) + "\"");
  }
  std::string json() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

}  // namespace

void ConfigLines::raw(std::string_view key, const std::string& json) {
  text_ += (text_.empty() ? "  \"" : ",\n  \"") + std::string(key) + "\": " + json;
  keys_.emplace(key);
}

void ConfigLines::field(std::string_view key, const std::string& text) {
  raw(key, boost::json::serialize(boost::json::string(text)));
}

void ConfigLines::whole(std::string_view key, double number) {
  std::string text = shortest(number);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  raw(key, text);
}

std::string ConfigLines::shortest(double number) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  std::string text(buffer.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

void ConfigLines::labels(const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  boost::json::object by_id, by_label;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    by_id[std::to_string(i)] = labels[i];
    by_label[labels[i]] = i;
  }
  raw("id2label", boost::json::serialize(by_id));
  raw("label2id", boost::json::serialize(by_label));
}

std::string ConfigLines::rope_object(const Rope& rope, bool with_theta) {
  ConfigObject object;
  if (with_theta) object.field("rope_theta", rope.theta);
  object.text("rope_type", rope_type(rope.kind));
  if (with_theta && rope.partial != 1) object.field("partial_rotary_factor", rope.partial);
  if (rope.kind != RopeKind::Default && rope.kind != RopeKind::LongRope)
    object.field("factor", rope.factor);
  if (rope.kind == RopeKind::Llama3) {
    object.field("low_freq_factor", rope.low_frequency_factor);
    object.field("high_freq_factor", rope.high_frequency_factor);
  }
  if (rope.original_positions > 0)
    object.raw("original_max_position_embeddings", std::to_string(rope.original_positions));
  if (rope.kind == RopeKind::Yarn) {
    object.field("beta_fast", rope.beta_fast);
    object.field("beta_slow", rope.beta_slow);
    object.raw("truncate", rope.truncate ? "true" : "false");
  }
  if (rope.kind == RopeKind::LongRope) {
    object.raw("short_factor", number_list(rope.short_factors));
    object.raw("long_factor", number_list(rope.long_factors));
  }
  if (rope.kind == RopeKind::Yarn || rope.kind == RopeKind::LongRope)
    object.field("attention_factor", rope.attention_factor);
  return object.json();
}

void ConfigLines::rope(const ModelConfig& config) {
  const Rope &rope = config.rope, &local = config.local_rope;
  const std::string global = rope_object(rope, true);
  raw("rope_parameters", local.is_used()
                             ? "{\"full_attention\": " + global +
                                   ", \"sliding_attention\": " + rope_object(local, true) + "}"
                             : global);
  if (!has("rope_scaling"))
    raw("rope_scaling", rope.kind != RopeKind::Default ? rope_object(rope, false) : "null");
  field("rope_theta", rope.theta);
}

void ConfigLines::longrope_of_v4(const Rope& rope) {
  raw("rope_scaling",
      "{\"type\": \"longrope\", \"short_factor\": " + number_list(rope.short_factors) +
          ", \"long_factor\": " + number_list(rope.long_factors) + "}");
}

void ConfigLines::window(const ModelConfig& config) {
  const std::int64_t size = config.attention.window;
  raw("sliding_window", size > 0 ? std::to_string(size) : "null");
}

void ConfigLines::layer_types(const ModelConfig& config) {
  if (config.attention.window == 0) return;
  std::string types;
  for (const LayerKind& layer : config.attention.layers)
    types += std::string(types.empty() ? "" : ", ") +
             (layer.window ? "\"sliding_attention\"" : "\"full_attention\"");
  raw("layer_types", "[" + types + "]");
}

// v4 reads torch_dtype, v5 dtype or torch_dtype.
void ConfigLines::common(const ModelConfig& config, const ConfigNames& names) {
  field("bos_token_id", config.bos_id);
  raw("eos_token_id", id_list(config.eos_ids));
  field("pad_token_id", config.pad_id);
  field(names.hidden_size, config.hidden_size);
  field(names.positions, config.max_position_embeddings);
  field("model_type", config.model_type);
  field(names.heads, config.heads);
  field(names.layers, config.layers);
  field("tie_word_embeddings", config.tie_word_embeddings);
  field("torch_dtype", config.dtype);
  field("use_cache", true);
  field("vocab_size", config.vocab_size);
}

}  // namespace trainbus
