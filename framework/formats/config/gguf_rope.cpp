// The rotary embedding of a GGUF file. llama.cpp: llama-model.cpp and ggml's rope_yarn.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "formats/config/gguf.hpp"

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

// A wave's divisor by Llama 3's scaling, as llama.cpp's converter writes it.
double llama3_divisor(const Rope& rope, double wave) {
  const double original = static_cast<double>(rope.original_positions);
  const double low = rope.low_frequency_factor, high = rope.high_frequency_factor;
  if (wave < original / high) return 1;
  if (wave > original / low) return rope.factor;
  const double smooth = (original / wave - low) / (high - low);
  return 1 / ((1 - smooth) / rope.factor + smooth);
}

// Llama 3's scaling that has these divisors, if there is one: other programs know it by that name.
// Between kept and divided waves, a divisor's inverse is linear in the wave's: two of them give the
// scaling, whose low_freq_factor is 1 in all published models.
std::optional<Rope> as_llama3(Rope rope, const std::vector<double>& divisors) {
  rope.kind = RopeKind::Llama3;
  rope.factor = *std::max_element(divisors.begin(), divisors.end());
  const auto wave = [&](std::size_t i) {
    return 2 * std::numbers::pi *
           std::pow(rope.theta, static_cast<double>(i) / static_cast<double>(divisors.size()));
  };
  std::vector<std::pair<double, double>> between;  // 1/wave, the part of it that is kept
  for (std::size_t i = 0; i < divisors.size(); ++i)
    if (divisors[i] > 1 && divisors[i] < rope.factor)
      between.emplace_back(1 / wave(i),
                           (1 / divisors[i] - 1 / rope.factor) / (1 - 1 / rope.factor));
  if (between.size() < 2) return std::nullopt;
  const auto [x0, kept0] = between.front();
  const auto [x1, kept1] = between.back();
  const double slope = (kept1 - kept0) / (x1 - x0), under = slope * x0 - kept0;
  const double original = std::round(slope / under);
  if (!(original >= 1 && original <= largest_model_extent)) return std::nullopt;
  rope.original_positions = static_cast<std::int64_t>(original);
  rope.high_frequency_factor = std::round((1 + 1 / under) * 1000) / 1000;
  for (std::size_t i = 0; i < divisors.size(); ++i)
    if (std::abs(llama3_divisor(rope, wave(i)) / divisors[i] - 1) > 2e-6) return std::nullopt;
  return rope;
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
  if (std::vector<double> divisors = fields.vector("rope_freqs.weight"); !divisors.empty()) {
    if (const std::optional<Rope> known = as_llama3(rope, divisors)) return *known;
    set_divisors(fields, divisors, divisors, config, rope);
  }
  std::vector<double> of_short = fields.vector("rope_factors_short.weight"),
                      of_long = fields.vector("rope_factors_long.weight");
  if (!of_short.empty() || !of_long.empty())
    set_divisors(fields, std::move(of_short), std::move(of_long), config, rope);
  return rope;
}

}  // namespace trainbus
