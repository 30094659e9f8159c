// What a model's folder or file holds, told without loading its weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "models/family.hpp"
#include "models/files/unused_tensors.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

struct ModelSummary {
  std::filesystem::path path;
  std::string format;  // "GGUF, version 3", "safetensors", "PyTorch"
  // What could not be read is empty, and `problems` says why.
  const ModelFamily* family = nullptr;
  std::optional<ModelConfig> config;  // fitted to the stored head
  bool classes = false;               // an encoder whose head tells classes apart
  std::int64_t parameters = 0, parameter_tensors = 0;
  std::vector<std::string> new_parameters;  // that no tensor stores

  struct StoredType {
    std::string name;  // "BF16", "Q4_K"
    std::int64_t tensors = 0;
    std::uint64_t bytes = 0;
  };
  std::vector<StoredType> types;  // the one with most bytes first
  std::int64_t tensors = 0;
  std::vector<std::filesystem::path> files;  // that hold them
  std::vector<UnusedTensor> unused;
  std::optional<TokenizerSpec> tokenizer;

  // Why the model does not open, a sentence each; empty: it opens, as far as can be told without
  // its numbers.
  std::vector<std::string> problems;
};

// path: as load_language_model() takes it. Reads headers, the tokenizer, and of the weights only
// what fit_model() and find_unused_tensors() say. Throws UsageError if there is no model at all.
TRAINBUS_EXPORT ModelSummary summarize_model(const std::filesystem::path& path);

}  // namespace trainbus
