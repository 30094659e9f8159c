// Models written as GGUF files as llama.cpp's converter writes them, with names, orders and
// metadata spelled out anew here.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "formats/gguf_builder.hpp"
#include "models/files/pretrained_model.hpp"

namespace trainbus::testing {

class GgufModelWriter {
 public:
  explicit GgufModelWriter(const std::string& architecture);
  void number(const std::string& key, std::int64_t value);
  void real(const std::string& key, double value);
  void text(const std::string& key, const std::string& value);
  void flag(const std::string& key, bool value);
  void tokens(const std::string& model, const std::vector<std::string>& tokens);
  void tensor(const std::string& name, const at::Tensor& value);
  void write(const std::filesystem::path& path);

 private:
  std::string prefix_, data_;
  GgufBuilder builder_;
};

// llama.cpp's divisors of Llama 3's rotary embedding.
at::Tensor llama3_divisors(const ModelConfig& config);
void write_gguf_metadata(const ModelConfig& config, GgufModelWriter& file);

// Whether a file can hold such a model: llama.cpp has an architecture for it, and a key for all
// that it has.
bool fits_gguf(const ModelConfig& config);
// The configuration with what a file says of it, where it cannot say everything.
ModelConfig as_gguf_says(ModelConfig config);
// Weights of a model that fits, under this configuration, without heads for classes. words: the
// vocabulary, if not empty, of BERT's kind of tokenizer.
void write_gguf(const Parameters& parameters, const ModelConfig& config,
                const std::filesystem::path& path, const std::vector<std::string>& words = {});

}  // namespace trainbus::testing
