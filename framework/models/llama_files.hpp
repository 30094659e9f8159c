// Llama-family models from files and back: GGUF, and Hugging Face's folder layout.
#pragma once

#include <filesystem>
#include <memory>

#include "core/export.hpp"
#include "models/llama.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

struct LanguageModel {
  std::unique_ptr<Llama> model;
  std::unique_ptr<Tokenizer> tokenizer;
};

// path: a .gguf file, or a folder with config.json, model.safetensors (or its shards) and
// tokenizer.json. All weights become float32. Throws UsageError naming the file, what was found and
// what to do.
TRAINBUS_EXPORT LanguageModel load_language_model(const std::filesystem::path& path);

// Writes config.json, model.safetensors (float32) and the tokenizer's files, so that transformers
// opens the folder. The folder is made if need be; each file appears whole or not at all. Throws
// RunError.
TRAINBUS_EXPORT void save_language_model(const Llama& model, const Tokenizer& tokenizer,
                                         const std::filesystem::path& folder);

}  // namespace trainbus
