// A Llama of two small layers with fixed pseudo-random weights, and a tokenizer for it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/families/llama.hpp"
#include "support/seeded.hpp"

namespace trainbus::testing {

inline ModelConfig tiny_llama_config() {
  ModelConfig config;
  config.model_type = "llama";
  config.hidden_act = "silu";
  config.vocab_size = 31;
  config.hidden_size = 24;
  config.intermediate_size = 40;
  config.layers = 2;
  config.heads = 3;
  config.kv_heads = 1;
  config.head_dim = 8;
  config.max_position_embeddings = 64;
  config.norm_eps = 1e-5;
  config.rope.theta = 10000;
  config.tie_word_embeddings = true;
  return config;
}

inline Llama tiny_llama() {
  Parameters parameters(Llama::shapes(tiny_llama_config()));
  for (ParameterId id = 0; id < parameters.size(); ++id)
    parameters[id].value.copy_(seeded(parameters[id].value.sizes().vec(), 100 + id, 0.5));
  return Llama(tiny_llama_config(), std::move(parameters));
}

// One token a byte.
inline std::vector<std::int32_t> byte_tokens(std::string_view text) {
  std::vector<std::int32_t> ids;
  for (unsigned char c : text) ids.push_back(c % 31);
  return ids;
}

}  // namespace trainbus::testing
