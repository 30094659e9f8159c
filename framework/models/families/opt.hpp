// OPT decoder (arXiv 2205.01068): learned positions, layer norm, biases, ReLU. opt-350m norms
// behind its blocks and projects its embeddings.
#pragma once

#include <vector>

#include "models/families/decoder.hpp"

namespace trainbus {

class TRAINBUS_EXPORT Opt final : public Decoder {
 public:
  // The parameters' shapes for this configuration, in the order of Hugging Face's
  // OPTForCausalLM.named_parameters(), which addresses z: token embedding; position embedding
  // [positions + 2]; projections; final norm, if the norms stand before the blocks; per layer k, v,
  // q, out, attention norm, fc1, fc2, final norm, each weight then bias; output matrix unless tied.
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config);

  // parameters: as shapes() says. Throws UsageError if the configuration asks for what is not here.
  Opt(ModelConfig config, Parameters parameters);
};

}  // namespace trainbus
