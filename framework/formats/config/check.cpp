#include "formats/config/check.hpp"

#include <cmath>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

void require(bool condition, const std::string& what, const std::string& where) {
  if (!condition) throw UsageError(what, where, "Use an intact configuration.");
}

void check_rope(const Rope& rope, const ModelConfig& config, const std::string& where) {
  require(std::isfinite(rope.theta) && rope.theta >= 0,
          "the rotary base is " + std::to_string(rope.theta) + ", expected a positive number",
          where);
  if (!rope.is_used()) return;
  require(rope.partial > 0 && rope.partial <= 1,
          "the part of each head that is rotated is " + std::to_string(rope.partial) +
              ", expected a number above 0 and up to 1",
          where);
  const std::int64_t rotated = rotated_features(rope, config.head_dim);
  require(rotated >= 2 && rotated % 2 == 0,
          std::to_string(rotated) + " numbers of each head of " + std::to_string(config.head_dim) +
              " are rotated, expected an even width for rotary embeddings",
          where);
  const auto divisors = static_cast<std::size_t>(rotated / 2);
  require(rope.kind != RopeKind::LongRope ||
              (rope.short_factors.size() == divisors && rope.long_factors.size() == divisors),
          "there are " + std::to_string(rope.short_factors.size()) + " short and " +
              std::to_string(rope.long_factors.size()) + " long rope factors, expected " +
              std::to_string(divisors) + " of each",
          where);
}

}  // namespace

std::int64_t head_dim_of(const ModelConfig& config, const std::string& where) {
  require(config.hidden_size % config.heads == 0,
          "the hidden size " + std::to_string(config.hidden_size) + " is not a multiple of the " +
              std::to_string(config.heads) + " heads",
          where);
  return config.hidden_size / config.heads;
}

void check_config(const ModelConfig& config, const std::string& where) {
  require(config.heads % config.kv_heads == 0,
          "there are " + std::to_string(config.heads) + " heads, expected a multiple of the " +
              std::to_string(config.kv_heads) + " key-value heads",
          where);
  require(config.heads * config.head_dim <= largest_model_extent,
          "there are " + std::to_string(config.heads) + " heads of " +
              std::to_string(config.head_dim) + " numbers, expected fewer",
          where);
  for (const Rope* rope : {&config.rope, &config.local_rope}) check_rope(*rope, config, where);
  // A table of angles is made for all positions. The limit is the longest context that anyone has
  // trained with.
  constexpr std::int64_t most_positions = 1 << 22;
  require(!config.rope.is_used() || config.max_position_embeddings <= most_positions,
          "the model has " + std::to_string(config.max_position_embeddings) +
              " positions, expected at most " + std::to_string(most_positions) +
              " with rotary embeddings",
          where);
  require(std::isfinite(config.norm_eps) && config.norm_eps >= 0,
          "the norm's epsilon is " + std::to_string(config.norm_eps) + ", expected a number from 0",
          where);
}

}  // namespace trainbus
