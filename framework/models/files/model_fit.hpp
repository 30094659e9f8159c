// internal: a model's configuration, fitted to what its checkpoint stores.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "models/family.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

struct ModelFit {
  ModelConfig config;
  CheckpointMap map;            // where its parameters are stored
  std::set<std::string> taken;  // stored tensors that need not be looked at again
};

// The head is the one that the use asks for, and an output matrix that is stored beside the
// embedding it is tied to is compared with it; other weights are not read. map: the family's, of
// folders or of GGUF files. Throws UsageError for what the family's settle() refuses.
ModelFit fit_model(ModelConfig config, const Checkpoint& checkpoint, const ModelFamily& family,
                   CheckpointMap (*map)(const ModelConfig&), ModelUse& use);

// Every token needs one of the embedding's rows; rows without a token are common. Throws
// UsageError.
void check_token_rows(const TokenizerSpec& tokenizer, std::int64_t rows, const std::string& where);

}  // namespace trainbus
