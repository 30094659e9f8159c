// OPT decoder (arXiv 2205.01068): learned positions, layer norm before each block, biases, ReLU.
// Not opt-350m, which norms behind its blocks and projects its embeddings.
#pragma once

#include <vector>

#include "models/activations.hpp"
#include "models/layers.hpp"
#include "models/pretrained_model.hpp"

namespace trainbus {

class TRAINBUS_EXPORT Opt final : public PretrainedModel {
 public:
  // The parameters' shapes for this configuration, in the order of Hugging Face's
  // OPTForCausalLM.named_parameters(), which addresses z: token embedding; position embedding
  // [positions + 2]; final norm; per layer k, v, q, out, attention norm, fc1, fc2, final norm, each
  // weight then bias; output matrix unless tied.
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config);

  // parameters: as shapes() says. Throws UsageError if the configuration asks for what is not here.
  Opt(ModelConfig config, Parameters parameters);

  at::Tensor logits(Weights& weights, const Batch& batch) const override;

  // The final norm's output at the batch's logit positions, [S, R, D]. Throws RunError for
  // sequences that are longer than the model has positions.
  at::Tensor hidden(Weights& weights, const Batch& batch) const;

 private:
  struct Block {
    ParameterId k, v, q, out, attention_norm, fc1, fc2, final_norm;  // of weights; biases follow
  };
  at::Tensor embed(Weights& weights, const Batch& batch) const;
  at::Tensor block(Weights& weights, std::size_t index, at::Tensor x, const Batch& batch,
                   bool trim_to_positions) const;

  layers::Heads heads_;
  Activation activation_;
  ParameterId output_;
  std::vector<Block> blocks_;
};

}  // namespace trainbus
