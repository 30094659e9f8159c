// A model family, as the rest of the framework sees it. Its file in families/ defines one, and
// families/registry.cpp lists it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/config/config.hpp"
#include "formats/config/lines.hpp"
#include "models/files/checkpoint.hpp"
#include "models/files/checkpoint_map.hpp"
#include "models/files/pretrained_model.hpp"

namespace trainbus {

enum class ModelKind : std::uint8_t {
  Decoder,        // predicts the next token
  MaskedEncoder,  // sees whole texts; predicts masked tokens, or tells classes apart
};

// The use that a model is loaded for, and the head that it gets.
struct ModelUse {
  bool classes_asked = false;        // to predict classes; otherwise words
  std::vector<std::string> classes;  // their names, in the order of the head's rows
  // Filled in by settle(): parameters that are newly initialised, and stored tensors that are kept
  // as they are though the model does not read them.
  std::vector<std::string> new_parameters;
  std::vector<Parameters::Shape> untouched;
};

struct ModelFamily {
  std::string_view model_type;  // in config.json
  std::string_view title = {};  // the models that people know: "Llama 2 and 3, SmolLM2"
  ModelKind kind = ModelKind::Decoder;
  // config.json both ways. read() throws UsageError for what the family would compute wrongly.
  void (*read)(const JsonFields& fields, ModelConfig& config) = nullptr;
  void (*write)(const ModelConfig& config, ConfigLines& lines) = nullptr;
  // The parameters in the documented order.
  std::vector<Parameters::Shape> (*shapes)(const ModelConfig& config) = nullptr;
  // Where they are stored.
  CheckpointMap (*checkpoint)(const ModelConfig& config) = nullptr;
  std::unique_ptr<PretrainedModel> (*make)(ModelConfig config, Parameters parameters) = nullptr;
  // The embedding, and the output matrix that may be tied to it.
  std::string_view embedding = "model.embed_tokens.weight";
  std::string_view output = "lm_head.weight";
  // Fits the configuration to the use and to what is stored. Null: only for words, nothing to fit.
  void (*settle)(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) = nullptr;
  // The names in GGUF files. Null: not read from GGUF.
  CheckpointMap (*gguf)(const ModelConfig& config) = nullptr;
  // The model_type that its GGUF files are opened as; empty: its own.
  std::string_view gguf_as = {};
};

}  // namespace trainbus
