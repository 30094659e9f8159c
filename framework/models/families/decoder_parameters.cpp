// The parameters of a Decoder: which there are, in which order, and their shapes.
#include <utility>

#include "models/families/decoder.hpp"

namespace trainbus {
namespace {

std::vector<std::int64_t> sizes_of(DecoderRole role, const ModelConfig& c,
                                   const DecoderStyle& style) {
  const std::int64_t q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  const std::int64_t d = c.hidden_size, f = c.intermediate_size;
  const std::int64_t e = c.embedding_size > 0 ? c.embedding_size : d;
  switch (role) {
    case DecoderRole::Embedding:
    case DecoderRole::Output:
      return {c.vocab_size, e};
    case DecoderRole::Positions:
      return {c.max_position_embeddings + style.position_offset, d};
    case DecoderRole::ProjectIn:
      return {d, e};
    case DecoderRole::ProjectOut:
      return {e, d};
    case DecoderRole::Query:
      return {q, d};
    case DecoderRole::Key:
    case DecoderRole::Value:
      return {kv, d};
    case DecoderRole::QueryKeyValue:
      return {q + 2 * kv, d};
    case DecoderRole::AttentionOut:
      return {d, q};
    case DecoderRole::Gate:
    case DecoderRole::Up:
      return {f, d};
    case DecoderRole::GateUp:
      return {2 * f, d};
    case DecoderRole::Down:
      return {d, f};
    case DecoderRole::QueryNorm:
    case DecoderRole::KeyNorm:
      return {c.head_dim};
    default:
      return {d};
  }
}

}  // namespace

void Decoder::for_each_parameter(const ModelConfig& config, const DecoderStyle& style,
                                 const Each& each) {
  const auto list = [&](const std::vector<NamedRole>& roles, const std::string& prefix,
                        std::int64_t layer) {
    for (const NamedRole& named : roles) {
      if (named.role == DecoderRole::Output && config.tie_word_embeddings) continue;
      const std::string name = prefix + std::string(named.name);
      each(layer, named.role, name + ".weight", false);
      if (named.bias) each(layer, named.role, name + ".bias", true);
    }
  };
  list(style.before, "", -1);
  for (std::int64_t i = 0; i < config.layers; ++i)
    list(style.layer, std::string(style.layers) + std::to_string(i) + ".", i);
  list(style.after, "", -1);
}

std::vector<Parameters::Shape> Decoder::shapes(const ModelConfig& config,
                                               const DecoderStyle& style) {
  std::vector<Parameters::Shape> shapes;
  for_each_parameter(config, style,
                     [&](std::int64_t, DecoderRole role, const std::string& name, bool is_bias) {
                       std::vector<std::int64_t> sizes = sizes_of(role, config, style);
                       if (is_bias) sizes.resize(1);
                       shapes.push_back({name, std::move(sizes)});
                     });
  return shapes;
}

RowOrder grouped_rows(const ModelConfig& config) {
  return {.kind = RowOrder::Grouped,
          .head_dim = config.head_dim,
          .groups = config.kv_heads,
          .queries = config.heads / config.kv_heads};
}

}  // namespace trainbus
