// What the Gemma families share.
#pragma once

#include <string>

#include "models/families/gated_style.hpp"

namespace trainbus {

// RMSNorm by 1 + weight, four norms a layer, embeddings times the root of the hidden size.
DecoderStyle gemma_style(const ModelConfig& config, bool head_norms);

// Without windows and soft caps. Throws UsageError for attention to later tokens.
void read_gemma(const JsonFields& fields, const RopeNames& rope, ModelConfig& config);
void write_gemma(const ModelConfig& config, const std::string& architecture, ConfigLines& lines);

}  // namespace trainbus
