// The rotary embedding of a GGUF file. llama.cpp: llama-model.cpp and ggml's rope_yarn.
#include <cmath>

#include "formats/config_gguf.hpp"

namespace trainbus {
namespace {

double positive(const GgufFields& fields, std::string_view key, double fallback) {
  const double number = fields.number(key, fallback);
  if (!std::isfinite(number) || number <= 0) fields.refuse(key, "a positive number");
  return number;
}

// Files of before 2023-10 have another key for the factor, and none for the type, which is linear.
void read_scaling(const GgufFields& fields, const ModelConfig& config, Rope& rope) {
  double factor = fields.number("rope.scaling.factor", fields.number("rope.scale_linear", 1));
  if (factor == 0) factor = 1;
  const std::string type = fields.text("rope.scaling.type", "linear");
  if (type == "none") return;
  if (type == "linear" && factor == 1) return;
  rope.factor = factor;
  if (!std::isfinite(factor) || factor < 0)
    fields.refuse("rope.scaling.factor", "a positive number");
  if (type == "linear") {
    rope.kind = RopeKind::Linear;
  } else if (type == "yarn") {
    rope.kind = RopeKind::Yarn;
    rope.original_positions =
        fields.size("rope.scaling.original_context_length", config.max_position_embeddings);
    rope.beta_fast = positive(fields, "rope.scaling.yarn_beta_fast", 32);
    rope.beta_slow = positive(fields, "rope.scaling.yarn_beta_slow", 1);
    rope.attention_factor = positive(fields, "rope.scaling.attn_factor", 1) *
                            (factor > 1 ? 0.1 * std::log(factor) + 1 : 1);
  } else if (type != "longrope") {
    fields.refuse("rope.scaling.type", "none, linear, yarn or longrope");
  }
}

void set_divisors(const GgufFields& fields, std::vector<double> of_short,
                  std::vector<double> of_long, const ModelConfig& config, Rope& rope) {
  rope.kind = RopeKind::LongRope;
  rope.factor = 1;
  rope.short_factors = std::move(of_short);
  rope.long_factors = std::move(of_long);
  rope.original_positions =
      fields.size("rope.scaling.original_context_length", config.max_position_embeddings);
  rope.attention_factor = positive(fields, "rope.scaling.attn_factor", 1);
}

}  // namespace

Rope rope_from_gguf(const GgufFields& fields, const ModelConfig& config) {
  Rope rope;
  rope.theta = fields.number("rope.freq_base", 10000.0);
  if (rope.theta == 0) fields.refuse("rope.freq_base", "a positive number");
  const std::int64_t rotated =
      fields.size("rope.dimension_count", config.head_dim, config.head_dim);
  rope.partial = static_cast<double>(rotated) / static_cast<double>(config.head_dim);
  read_scaling(fields, config, rope);
  // Llama 3's scaling, written out.
  if (std::vector<double> divisors = fields.vector("rope_freqs.weight"); !divisors.empty())
    set_divisors(fields, divisors, divisors, config, rope);
  std::vector<double> of_short = fields.vector("rope_factors_short.weight"),
                      of_long = fields.vector("rope_factors_long.weight");
  if (!of_short.empty() || !of_long.empty())
    set_divisors(fields, std::move(of_short), std::move(of_long), config, rope);
  return rope;
}

}  // namespace trainbus
