// Sizes of the published OPT models (arXiv 2205.01068, table 1), as their config.json has them.
#pragma once

#include <string>

#include "formats/config/config.hpp"

namespace trainbus::bench {

// size: "125m", "1.3b" or "13b"; else "tiny", which was never published.
inline ModelConfig opt_config(const std::string& size) {
  ModelConfig config;
  config.model_type = "opt";
  config.hidden_act = "relu";
  config.tie_word_embeddings = true;
  config.norm_eps = 1e-5;
  config.vocab_size = 50272;
  config.max_position_embeddings = 2048;
  const auto set = [&](std::int64_t width, std::int64_t layers, std::int64_t heads) {
    config.hidden_size = width;
    config.intermediate_size = 4 * width;
    config.layers = layers;
    config.heads = config.kv_heads = heads;
    config.head_dim = width / heads;
  };
  if (size == "125m") {
    set(768, 12, 12);
  } else if (size == "1.3b") {
    set(2048, 24, 32);
  } else if (size == "13b") {
    set(5120, 40, 40);
  } else {
    set(64, 2, 4);
    config.vocab_size = 512;
  }
  return config;
}

}  // namespace trainbus::bench
