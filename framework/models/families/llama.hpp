// Llama-family decoder: RMSNorm, rotary embedding, grouped-query causal attention, SwiGLU
// (arXiv 2302.13971; names and order as Hugging Face's LlamaForCausalLM.named_parameters()).
#pragma once

#include <vector>

#include "models/families/decoder.hpp"

namespace trainbus {

class TRAINBUS_EXPORT Llama final : public Decoder {
 public:
  // The parameters' shapes for this configuration, in the documented order: embedding; per layer q,
  // k, v, o, gate, up, down (each weight, then bias where config.attention_bias or mlp_bias says
  // so), input norm, post-attention norm; final norm; output matrix unless tied.
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config);

  // parameters: as shapes() says. Throws UsageError if the configuration asks for what is not here.
  Llama(ModelConfig config, Parameters parameters);
};

}  // namespace trainbus
