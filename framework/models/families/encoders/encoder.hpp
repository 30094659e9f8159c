// The base of all encoders: a network that sees whole texts, and a head that predicts masked words
// or tells classes of texts apart.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/families/encoders/parameter_list.hpp"
#include "models/files/pretrained_model.hpp"

namespace trainbus {

// What all heads do: dense layer, activation, norm, and an output layer; whichever it has of them.
struct EncoderHead {
  enum class Reads : std::uint8_t {
    Words,       // the batch's logit positions: scores of the vocabulary's words
    FirstToken,  // of each text: scores of classes
    Mean,        // over each text's tokens: scores of classes
  };
  Reads reads = Reads::Words;
  std::optional<Affine> dense = {};
  std::function<at::Tensor(at::Tensor)> activation = {};  // may overwrite its argument
  std::optional<Affine> norm = {};
  Affine output = {};  // its matrix may be the word embedding
};

// Heads have the activations of networks, and tanh. Throws UsageError for other names.
std::function<at::Tensor(at::Tensor)> head_activation(const std::string& name);

// D model width, V vocabulary, C the batch's candidate ids or V, R logit positions.
class TRAINBUS_EXPORT Encoder : public PretrainedModel {
 public:
  // parameters: as the family's shapes() says.
  Encoder(ModelConfig config, Parameters parameters, const EncoderHead& head)
      : PretrainedModel(std::move(config), std::move(parameters)), head_(head) {}

  // Words: at the batch's logit positions, [S, R, C]. Classes: [S, B, classes], one row a sequence,
  // whatever the batch's logit positions and candidate ids.
  at::Tensor logits(Weights& weights, const Batch& batch) const final;
  // The network's output at the batch's logit positions, [S, R, D]. Throws RunError for sequences
  // that are longer than the model has positions.
  at::Tensor hidden(Weights& weights, const Batch& batch) const {
    return encode(weights, batch, batch.logit_positions);
  }
  // The mean of the network's output over each sequence, [S, B, D]. batch.logit_positions:
  // undefined.
  at::Tensor sentence_vectors(Weights& weights, const Batch& batch) const;

  const EncoderHead& head() const { return head_; }
  // As transformers begins a head: matrices normal with deviation 0.02, a norm's weight one, biases
  // zero.
  void initialize(const std::vector<std::string>& names, std::uint64_t seed) override;

 protected:
  // The network's output at these packed positions, [S, R, D]; undefined: at all, [S, N, D].
  virtual at::Tensor encode(Weights& weights, const Batch& batch,
                            const at::Tensor& positions) const = 0;

 private:
  EncoderHead head_;
};

// Which head a configuration asks for. Words unless its architecture is a sequence classifier.
bool asks_for_classes(const ModelConfig& config);
// How many classes. Throws UsageError if they have no names.
std::int64_t class_count(const ModelConfig& config);

}  // namespace trainbus
