// BERT encoder (arXiv 1810.04805): word, position and segment embeddings, attention to both sides,
// layer norm behind each block, GELU; with a head that predicts masked words or classes.
#pragma once

#include <vector>

#include "models/activations.hpp"
#include "models/layers.hpp"
#include "models/pretrained_model.hpp"

namespace trainbus {

enum class BertHead {
  MaskedLanguageModel,  // dense, activation, norm, word embedding and a bias of its own
  Pooler,               // of the first token: dense, tanh, linear; BertForSequenceClassification
  Mean,                 // of the mean over a sequence's tokens: linear
};

// The head that a configuration asks for, by its architecture and classifier_pooling.
TRAINBUS_EXPORT BertHead bert_head(const ModelConfig& config);

// Whether the names are transformers' placeholders LABEL_0, LABEL_1, …
TRAINBUS_EXPORT bool are_placeholders(const std::vector<std::string>& classes);

class TRAINBUS_EXPORT Bert final : public PretrainedModel {
 public:
  // The parameters' shapes for this configuration, in the order of Hugging Face's
  // named_parameters(), which addresses z: word, position and segment embedding; their norm; per
  // layer query, key, value, output, output norm, intermediate, output, output norm, each weight
  // then bias; then the head's:
  //   MaskedLanguageModel, names as in BertForMaskedLM: output bias; dense; norm; output matrix
  //   unless tied
  //   Pooler, names as in BertForSequenceClassification: dense; classifier
  //   Mean, names as in BertModel, without its pooler: head.weight [classes, D], head.bias
  // Heads for classes have as many rows as config.labels has names. Throws UsageError if those are
  // missing.
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config, BertHead head);

  // parameters: as shapes() says. Throws UsageError if the configuration asks for what is not here.
  Bert(ModelConfig config, BertHead head, Parameters parameters);

  // MaskedLanguageModel: at the batch's logit positions, [S, R, C or V]. Others: [S, B, classes],
  // one row a sequence, whatever the batch's logit positions and candidate ids.
  at::Tensor logits(Weights& weights, const Batch& batch) const override;

  // The last block's output at the batch's logit positions, [S, R, D]. Throws RunError for
  // sequences that are longer than the model has positions.
  at::Tensor hidden(Weights& weights, const Batch& batch) const;
  // The mean of the last block's output over each sequence, [S, B, D]. batch.logit_positions:
  // undefined.
  at::Tensor sentence_vectors(Weights& weights, const Batch& batch) const;

  BertHead head() const { return head_; }
  // A head for classes begins as transformers begins it: weights normal with deviation 0.02, biases
  // zero; a pure function of the seed.
  void initialize_head(std::uint64_t seed) override;

 private:
  struct Block {
    ParameterId query, key, value, output, attention_norm, intermediate, dense, final_norm;
  };
  at::Tensor embed(Weights& weights, const Batch& batch) const;
  at::Tensor block(Weights& weights, const Block& block, at::Tensor x, const Batch& batch,
                   const at::Tensor& positions) const;
  at::Tensor encode(Weights& weights, const Batch& batch, const at::Tensor& positions) const;
  at::Tensor masked_words(Weights& weights, const Batch& batch) const;
  at::Tensor classes_of_first_tokens(Weights& weights, const Batch& batch) const;

  BertHead head_;
  layers::Heads heads_;
  Activation activation_;
  std::vector<Block> blocks_;
  ParameterId first_of_head_;
};

}  // namespace trainbus
