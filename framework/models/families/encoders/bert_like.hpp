// The network of BERT (arXiv 1810.04805), RoBERTa, DistilBERT and ELECTRA: word, position and
// segment embeddings, a norm, and post-norm blocks with attention to both sides. Families say what
// the parameters are called and which of them there are.
#pragma once

#include <optional>
#include <vector>

#include "models/families/encoders/encoder.hpp"
#include "models/families/encoders/post_norm.hpp"
#include "models/layers/attention.hpp"

namespace trainbus {

// E: width of the embeddings, D or, with a projection, another.
struct BertLikeParts {
  ParameterId words = 0;                     // [V, E]
  ParameterId positions = 0;                 // [positions, E]
  std::optional<ParameterId> segments = {};  // [token types, E]
  Affine embedding_norm = {};                // [E]
  std::optional<Affine> projection = {};     // [D, E], behind the norm
  std::vector<PostNormBlock> blocks = {};
  EncoderHead head = {};
  // Positions begin behind this id and count the tokens that have another one; those that have it
  // have the position `padding` (fairseq's make_positions). Without it they count from 0.
  std::optional<std::int64_t> padding = {};
};

class TRAINBUS_EXPORT BertLike final : public Encoder {
 public:
  BertLike(ModelConfig config, Parameters parameters, BertLikeParts parts);

  std::int64_t positions() const override;

 private:
  at::Tensor embed(Weights& weights, const Batch& batch) const;
  at::Tensor encode(Weights& weights, const Batch& batch,
                    const at::Tensor& positions) const override;

  BertLikeParts parts_;
  layers::Heads heads_;
  Activation activation_;
};

// A family's shapes() and make(), from its list of parameters.
template <BertLikeParts (*list_parameters)(const ModelConfig&, ParameterList&)>
std::vector<Parameters::Shape> bert_like_shapes(const ModelConfig& config) {
  ParameterList list;
  list_parameters(config, list);
  return list.shapes();
}

template <BertLikeParts (*list_parameters)(const ModelConfig&, ParameterList&)>
std::unique_ptr<PretrainedModel> make_bert_like(ModelConfig config, Parameters parameters) {
  ParameterList list;
  BertLikeParts parts = list_parameters(config, list);
  return std::make_unique<BertLike>(std::move(config), std::move(parameters), std::move(parts));
}

}  // namespace trainbus
