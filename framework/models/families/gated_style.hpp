// What Llama's descendants share: RMSNorm, rotary embedding, gated MLPs, and their names.
#pragma once

#include <string>

#include "formats/config/lines.hpp"
#include "models/families/decoder.hpp"
#include "models/files/checkpoint_map.hpp"

namespace trainbus {

// Where a family differs from Llama.
struct GatedParts {
  bool qkv_bias = false, out_bias = false, mlp_bias = false;
  bool head_norms = false;  // q_norm and k_norm
  bool out_norms = false;   // Gemma's norms of the outputs of attention and MLP
  bool fused = false;       // Phi-3's qkv_proj and gate_up_proj
};

DecoderStyle gated_style(const GatedParts& parts);

// The fields that all of them have, between "architectures" and the common ones.
void write_gated(const ModelConfig& config, const std::string& architecture, ConfigLines& lines);

// Qwen's fields of windows: none without "use_sliding_window", else in the last layers.
void read_qwen_windows(const JsonFields& fields, ModelConfig& config);
void write_qwen_windows(const ModelConfig& config, ConfigLines& lines);

// The names of a style's parameters; also those of the bare model, without "model.".
CheckpointMap gated_checkpoint(const ModelConfig& config);

}  // namespace trainbus
