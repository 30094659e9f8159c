// What the benchmark of whole steps compares: a model with a batch of real reviews, and the same
// model as the published trainer would run it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "models/files/model_files.hpp"
#include "published_mezo.hpp"

namespace trainbus::bench {

struct Peers {
  std::string name;
  LoadedModel loaded;
  Batch batch;
  std::int64_t padded_tokens = 0;  // of the same reviews as the published trainer pads them
  std::function<at::Tensor(const std::vector<at::Tensor>&)> published_loss;
};

// SmolLM2-135M with sixteen prompts and their label words.
Peers smollm2_peers(const std::filesystem::path& model, const std::filesystem::path& reviews);
// MiniLM-L6 with a head for two classes, and sixteen texts.
Peers minilm_peers(const std::filesystem::path& model, const std::filesystem::path& reviews);

}  // namespace trainbus::bench
