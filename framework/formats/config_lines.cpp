#include "formats/config_lines.hpp"

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

}  // namespace

void ConfigLines::raw(std::string_view key, const std::string& json) {
  text_ += (text_.empty() ? "  \"" : ",\n  \"") + std::string(key) + "\": " + json;
  keys_.emplace(key);
}

void ConfigLines::field(std::string_view key, const std::string& text) {
  raw(key, boost::json::serialize(boost::json::string(text)));
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

// v4 reads torch_dtype, v5 dtype or torch_dtype.
void ConfigLines::common(const ModelConfig& config) {
  field("bos_token_id", config.bos_id);
  raw("eos_token_id", id_list(config.eos_ids));
  field("pad_token_id", config.pad_id);
  field("hidden_size", config.hidden_size);
  field("max_position_embeddings", config.max_position_embeddings);
  field("model_type", config.model_type);
  field("num_attention_heads", config.heads);
  field("num_hidden_layers", config.layers);
  field("tie_word_embeddings", config.tie_word_embeddings);
  field("torch_dtype", config.dtype);
  field("use_cache", true);
  field("vocab_size", config.vocab_size);
}

}  // namespace trainbus
