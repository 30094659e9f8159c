#include "formats/config_check.hpp"

#include <cmath>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

void require(bool condition, const std::string& what, const std::string& where) {
  if (!condition) throw UsageError(what, where, "Use an intact configuration.");
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
  require(config.rope_theta == 0 || config.head_dim % 2 == 0,
          "heads are " + std::to_string(config.head_dim) +
              " wide, expected an even width for rotary embeddings",
          where);
  // A table of angles is made for all positions. The limit is the longest context that anyone has
  // trained with.
  constexpr std::int64_t most_positions = 1 << 22;
  require(config.rope_theta == 0 || config.max_position_embeddings <= most_positions,
          "the model has " + std::to_string(config.max_position_embeddings) +
              " positions, expected at most " + std::to_string(most_positions) +
              " with rotary embeddings",
          where);
  require(std::isfinite(config.norm_eps) && config.norm_eps >= 0,
          "the norm's epsilon is " + std::to_string(config.norm_eps) + ", expected a number from 0",
          where);
  require(
      std::isfinite(config.rope_theta) && config.rope_theta >= 0,
      "the rotary base is " + std::to_string(config.rope_theta) + ", expected a positive number",
      where);
}

}  // namespace trainbus
