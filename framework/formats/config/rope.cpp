// The rotary embedding of a config.json, in transformers' v4 or v5 form.
#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <optional>

#include "formats/config/check.hpp"
#include "formats/config/config.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view unsupported = "Use a checkpoint without it.";

RopeKind kind_of(const JsonFields& rope) {
  const std::string_view key = rope.has("rope_type") ? "rope_type" : "type";
  const std::string type = rope.text(key, "default");
  for (const RopeKind kind : {RopeKind::Default, RopeKind::Linear, RopeKind::Dynamic,
                              RopeKind::Llama3, RopeKind::Yarn, RopeKind::LongRope})
    if (type == rope_type(kind)) return kind;
  if (type == "su") return RopeKind::LongRope;  // Phi-3's first name for it
  rope.refuse(key,
              "default, linear, dynamic, llama3, yarn or longrope: other rotary embeddings are not "
              "computed",
              unsupported);
}

// A number that the formulas need to be finite and positive.
double positive(const JsonFields& fields, std::string_view key, std::optional<double> fallback) {
  if (!fields.has(key) && !fallback) fields.refuse(key, "a positive number");
  const double number = fields.number(key, fallback.value_or(0));
  if (!std::isfinite(number) || number <= 0) fields.refuse(key, "a positive number");
  return number;
}

// Their number is checked with the width of the heads.
std::vector<double> factors(const JsonFields& rope, std::string_view key) {
  std::vector<double> numbers;
  for (const json::value& number : rope.array(key)) {
    if (!number.is_number() || number.to_number<double>() <= 0)
      rope.refuse(key, "positive numbers");
    numbers.push_back(number.to_number<double>());
  }
  return numbers;
}

// Phi-3 has it beside rope_scaling, and then it counts.
std::int64_t original_positions(const JsonFields& fields, const JsonFields& scaling,
                                const ModelConfig& config) {
  constexpr std::string_view key = "original_max_position_embeddings";
  return fields.integer(
      key, 1, largest_model_extent,
      scaling.integer(key, 1, largest_model_extent, config.max_position_embeddings));
}

// 0.1 · mscale · log(factor) + 1 (arXiv 2309.00071, section 3.4).
double yarn_scale(double factor, double mscale) {
  return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1;
}

double yarn_attention(const JsonFields& scaling, double factor) {
  const double mscale = scaling.number("mscale", 0), all = scaling.number("mscale_all_dim", 0);
  const double usual = mscale != 0 && all != 0
                           ? yarn_scale(factor, mscale) / yarn_scale(factor, all)
                           : yarn_scale(factor, 1);
  return positive(scaling, "attention_factor", usual);
}

double longrope_attention(const JsonFields& scaling, const Rope& rope, const ModelConfig& config) {
  const double ratio = static_cast<double>(config.max_position_embeddings) /
                       static_cast<double>(rope.original_positions);
  const double factor = positive(scaling, "factor", ratio);
  const double usual =
      factor <= 1 || rope.original_positions <= 1
          ? 1
          : std::sqrt(1 +
                      std::log(factor) / std::log(static_cast<double>(rope.original_positions)));
  return positive(scaling, "attention_factor", usual);
}

void read_llama3(const JsonFields& scaling, Rope& rope) {
  rope.low_frequency_factor = positive(scaling, "low_freq_factor", 1.0);
  rope.high_frequency_factor = positive(scaling, "high_freq_factor", 4.0);
  if (rope.high_frequency_factor <= rope.low_frequency_factor)
    scaling.refuse("high_freq_factor", "more than low_freq_factor");
}

void read_yarn(const JsonFields& scaling, Rope& rope) {
  rope.beta_fast = positive(scaling, "beta_fast", 32.0);
  rope.beta_slow = positive(scaling, "beta_slow", 1.0);
  rope.truncate = scaling.flag("truncate", true);
  rope.attention_factor = yarn_attention(scaling, rope.factor);
}

// fields: the whole file.
void read_scaling(const JsonFields& fields, const JsonFields& scaling, const ModelConfig& config,
                  Rope& rope) {
  rope.kind = kind_of(scaling);
  if (rope.kind == RopeKind::Default && scaling.number("factor", 1.0) != 1)
    scaling.refuse("factor", "1 in a rotary embedding without a type of scaling",
                   "Say the type: \"rope_type\": \"linear\", say.");
  const bool from_original = rope.kind == RopeKind::Llama3 || rope.kind == RopeKind::Yarn ||
                             rope.kind == RopeKind::LongRope;
  if (from_original) rope.original_positions = original_positions(fields, scaling, config);
  if (rope.kind == RopeKind::LongRope) {
    rope.short_factors = factors(scaling, "short_factor");
    rope.long_factors = factors(scaling, "long_factor");
    rope.attention_factor = longrope_attention(scaling, rope, config);
  } else if (rope.kind != RopeKind::Default) {
    rope.factor = positive(scaling, "factor", std::nullopt);
  }
  if (rope.kind == RopeKind::Llama3) read_llama3(scaling, rope);
  if (rope.kind == RopeKind::Yarn) read_yarn(scaling, rope);
}

// One embedding. scaling: null for none.
Rope read_one(const JsonFields& fields, const JsonFields* scaling, double theta, double partial,
              const ModelConfig& config) {
  Rope rope;
  rope.theta = scaling ? scaling->number("rope_theta", theta) : theta;
  rope.partial = scaling ? scaling->number("partial_rotary_factor", partial) : partial;
  if (rope.theta == 0) fields.refuse("rope_theta", "a positive number");
  if (scaling) read_scaling(fields, *scaling, config, rope);
  return rope;
}

bool has_kinds_of_layers(const JsonFields& rope) {
  return rope.has("full_attention") || rope.has("sliding_attention");
}

}  // namespace

// As transformers 5: rope_scaling, where it is not null, counts before rope_parameters.
void read_rope(const JsonFields& fields, const RopeNames& names, ModelConfig& config) {
  const double theta = fields.number(names.theta, names.default_theta);
  const double partial = fields.number(names.partial, names.default_partial);
  const bool has_local = !names.local_theta.empty();
  const double local_theta =
      has_local ? fields.number(names.local_theta, names.default_local_theta) : 0;
  const auto one = [&](const JsonFields* scaling, double base) {
    return read_one(fields, scaling, base, partial, config);
  };
  const std::string_view key = fields.has("rope_scaling") ? "rope_scaling" : "rope_parameters";
  if (!fields.has(key)) {
    config.rope = one(nullptr, theta);
    if (has_local) config.local_rope = one(nullptr, local_theta);
    return;
  }
  const JsonFields rope = fields.object(key);
  if (!has_kinds_of_layers(rope)) {
    config.rope = one(&rope, theta);
    if (has_local) config.local_rope = one(nullptr, local_theta);
    return;
  }
  const JsonFields full = rope.object("full_attention");
  config.rope = one(&full, theta);
  if (!rope.has("sliding_attention")) return;
  const JsonFields local = rope.object("sliding_attention");
  config.local_rope = one(&local, has_local ? local_theta : theta);
}

}  // namespace trainbus
