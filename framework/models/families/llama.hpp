// Llama-family decoder: RMSNorm, rotary embedding, grouped-query causal attention, SwiGLU
// (arXiv 2302.13971; names and order as Hugging Face's LlamaForCausalLM.named_parameters()).
#pragma once

#include <vector>

#include "formats/config.hpp"
#include "models/layers.hpp"
#include "models/pretrained_model.hpp"

namespace trainbus {

class TRAINBUS_EXPORT Llama final : public PretrainedModel {
 public:
  // The parameters' shapes for this configuration, in the documented order: embedding; per layer q,
  // k, v, o, gate, up, down (each weight, then bias where config.attention_bias or mlp_bias says
  // so), input norm, post-attention norm; final norm; output matrix unless tied.
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config);

  // parameters: as shapes() says. Throws UsageError if the configuration asks for what is not here.
  Llama(ModelConfig config, Parameters parameters);

  at::Tensor logits(Weights& weights, const Batch& batch) const override;

  // The final norm's output at the batch's logit positions, [S, R, D].
  at::Tensor hidden(Weights& weights, const Batch& batch) const;

 private:
  struct Linear {
    ParameterId weight = 0;
    ParameterId bias = 0;  // 0: none
  };
  struct Block {
    Linear q, k, v, o, gate, up, down;
    ParameterId input_norm = 0, post_attention_norm = 0;
  };
  // Of one to three layers, which have all a bias or none.
  static ParameterIds biases(std::initializer_list<Linear> layers);
  at::Tensor block(Weights& weights, std::size_t index, at::Tensor x, const Batch& batch,
                   bool trim_to_positions) const;

  layers::Heads heads_;
  layers::RotaryTable rotary_;
  ParameterId embedding_ = 0, final_norm_ = 0, output_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace trainbus
