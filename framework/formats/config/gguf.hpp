// internal: what the metadata of a GGUF file say of its model, one architecture at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/config/check.hpp"
#include "formats/config/config.hpp"

namespace trainbus {

constexpr std::string_view gguf_remedy = "Convert the model again with a current llama.cpp.";

// The keys that begin with an architecture's name. Accessors throw UsageError for values that
// cannot be.
class GgufFields {
 public:
  GgufFields(const GgufFile& file, std::string_view architecture)
      : file_(file), prefix_(std::string(architecture) + ".") {}

  bool has(std::string_view key) const {
    return file_.value(prefix_ + std::string(key)) != nullptr;
  }
  // fallback 0: the key has to be there.
  std::int64_t size(std::string_view key, std::int64_t fallback = 0,
                    std::int64_t largest = largest_model_extent) const;
  double number(std::string_view key, double fallback) const;
  bool flag(std::string_view key, bool fallback) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  // The numbers of a vector among the tensors; empty: there is none.
  std::vector<double> vector(std::string_view tensor) const;
  bool has_tensor(std::string_view name) const { return file_.find(name) != nullptr; }

  [[noreturn]] void refuse(std::string_view key, const std::string& expected) const;
  std::string where() const { return file_.path().string(); }
  const GgufFile& file() const { return file_; }

 private:
  const GgufFile& file_;
  std::string prefix_;
};

// What llama.cpp calls an architecture.
struct GgufArchitecture {
  std::string_view name;        // general.architecture
  std::string_view model_type;  // config.json's
  std::string_view class_name;
  std::string_view activation;
  bool layer_norm = false;  // else RMSNorm
  bool rotary = true;
  // What it has beside the fields of all; null: nothing.
  void (*read)(const GgufFields& fields, ModelConfig& config) = nullptr;
};

// Null: none that is read.
const GgufArchitecture* find_gguf_architecture(std::string_view name);
// "llama, qwen2, …": for messages.
std::string gguf_architecture_names();

// The rotary embedding, from the metadata and the tensors of divisors.
Rope rope_from_gguf(const GgufFields& fields, const ModelConfig& config);

}  // namespace trainbus
