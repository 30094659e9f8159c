// DeBERTa of versions 2 and 3 (arXiv 2006.03654, 2111.09543): post-norm blocks whose attention
// reads the distance of two tokens beside their content. Not the convolution of the xlarge sizes.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>

#include "models/families/deberta_v2_config.hpp"
#include "models/families/encoders/disentangled_attention.hpp"
#include "models/families/encoders/encoder.hpp"
#include "models/families/encoders/head_choice.hpp"
#include "models/families/encoders/post_norm.hpp"
#include "models/families/encoders/stored_names.hpp"
#include "models/families/learned_positions.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

constexpr std::string_view prefix = "deberta.";

constexpr PostNormNames block_names = {.query = "attention.self.query_proj",
                                       .key = "attention.self.key_proj",
                                       .value = "attention.self.value_proj"};

struct Parts {
  ParameterId words = 0, distances = 0;            // [V, D], [2·span, D]
  std::optional<ParameterId> positions, segments;  // [positions, D], [token types, D]
  Affine embedding_norm;
  std::optional<Affine> distance_norm;
  std::vector<PostNormBlock> blocks;
  EncoderHead head;
};

RelativePositions relative_positions(const ModelConfig& c) {
  const std::int64_t farthest = c.deberta.max_relative_positions,
                     buckets = c.deberta.position_buckets;
  return {.span = buckets > 0 ? buckets : farthest, .buckets = buckets, .farthest = farthest};
}

// Of the two heads for words the older one is BERT's.
EncoderHead list_head(const ModelConfig& c, ParameterList& list, ParameterId words) {
  const std::int64_t width = c.hidden_size;
  EncoderHead head;
  if (asks_for_classes(c)) {
    head.reads = EncoderHead::Reads::FirstToken;
    head.dense = list.linear("pooler.dense", width, width);
    head.activation = head_activation(c.deberta.pooler_hidden_act);
    head.output = list.linear("classifier", class_count(c), width);
    return head;
  }
  const bool legacy = c.deberta.legacy;
  const std::string name = legacy ? "cls.predictions." : "lm_predictions.lm_head.";
  const std::string transform = name + (legacy ? "transform." : "");
  head.output.bias = list.add(name + "bias", {c.vocab_size});
  head.dense = list.linear(transform + "dense", width, width);
  head.activation = head_activation(c.hidden_act);
  head.norm = list.norm(transform + "LayerNorm", width);
  head.output.weight = c.tie_word_embeddings || !legacy
                           ? words
                           : list.add(name + "decoder.weight", {c.vocab_size, width});
  return head;
}

// In the order of named_parameters() of DebertaV2ForMaskedLM or
// DebertaV2ForSequenceClassification.
Parts list_deberta(const ModelConfig& c, ParameterList& list) {
  const std::string network(prefix), embeddings = network + "embeddings.";
  const std::int64_t width = c.hidden_size;
  Parts parts;
  parts.words = list.add(embeddings + "word_embeddings.weight", {c.vocab_size, width});
  if (c.deberta.absolute_positions)
    parts.positions =
        list.add(embeddings + "position_embeddings.weight", {c.max_position_embeddings, width});
  if (c.type_vocab_size > 0)
    parts.segments =
        list.add(embeddings + "token_type_embeddings.weight", {c.type_vocab_size, width});
  parts.embedding_norm = list.norm(embeddings + "LayerNorm", width);
  parts.blocks = list_post_norm_blocks(list, network + "encoder.layer.", c, block_names);
  parts.distances =
      list.add(network + "encoder.rel_embeddings.weight", {2 * relative_positions(c).span, width});
  if (c.deberta.norm_relative)
    parts.distance_norm = list.norm(network + "encoder.LayerNorm", width);
  parts.head = list_head(c, list, parts.words);
  return parts;
}

class DebertaV2 final : public Encoder {
 public:
  DebertaV2(ModelConfig given, Parameters parameters, Parts parts)
      : Encoder(std::move(given), std::move(parameters), parts.head),
        parts_(std::move(parts)),
        activation_(activation_named(config().hidden_act)),
        tables_(relative_positions(config())),
        attention_{.heads = {config().heads, config().heads, config().head_dim},
                   .content_to_position = config().deberta.content_to_position,
                   .position_to_content = config().deberta.position_to_content} {}

 private:
  at::Tensor norm(Weights& w, const at::Tensor& x, const Affine& layer) const {
    return w.layer_norm(x, layer.weight, layer.bias, config().norm_eps);
  }

  at::Tensor embed(Weights& w, const Batch& batch) const {
    const at::Tensor positions = learned_positions(batch, config().max_position_embeddings);
    at::Tensor x = w.embedding(batch.tokens, parts_.words);
    if (parts_.positions) x = x + w.embedding(positions, *parts_.positions);
    if (parts_.segments) {
      const at::Tensor types =
          batch.token_types.defined() ? batch.token_types : at::zeros({1}, batch.tokens.options());
      x = x + w.embedding(types, *parts_.segments);
    }
    return norm(w, x, parts_.embedding_norm);
  }

  // Queries and keys of the tokens and of the distances are one product, so that its matrices are
  // read once.
  at::Tensor attend(Weights& w, const PostNormBlock& p, const at::Tensor& x,
                    const at::Tensor& distances, const RelativeTable& table,
                    const Batch& batch) const {
    const std::int64_t tokens = x.size(1);
    const at::Tensor query_key = w.linear(
        at::cat({x, distances}, 1),
        {.weights = {p.query.weight, p.key.weight}, .biases = {*p.query.bias, *p.key.bias}});
    const at::Tensor value = w.linear(x, p.value.weight, p.value.biases());
    return disentangled_attention(query_key.narrow(1, 0, tokens), value,
                                  query_key.narrow(1, tokens, distances.size(1)), table, batch,
                                  attention_);
  }

  bool mixes_examples() const override { return true; }

  at::Tensor encode(Weights& w, const Batch& batch, const at::Tensor& positions) const override {
    at::Tensor x = embed(w, batch);
    const RelativeTable& table = tables_.of(longest_sequence(batch), batch.tokens.device());
    at::Tensor distances = w.embedding(table.rows(), parts_.distances);
    if (parts_.distance_norm) distances = norm(w, distances, *parts_.distance_norm);
    for (const PostNormBlock& p : parts_.blocks) {
      at::Tensor h = attend(w, p, x, distances, table, batch);
      if (positions.defined() && &p == &parts_.blocks.back()) {  // read at these positions only
        x = at::index_select(x, 1, positions);
        h = at::index_select(h, 1, positions);
      }
      x = after_attention(w, p, std::move(x), h, activation_, config().norm_eps);
    }
    return x;
  }

  Parts parts_;
  Activation activation_;
  RelativeTables tables_;
  Disentangled attention_;
};

std::vector<Parameters::Shape> deberta_shapes(const ModelConfig& config) {
  ParameterList list;
  list_deberta(config, list);
  return list.shapes();
}

CheckpointMap deberta_checkpoint(const ModelConfig& config) {
  return encoder_checkpoint(
      deberta_shapes(config), prefix,
      {"cls.", "lm_predictions.", "mask_predictions.", "pooler.", "classifier."});
}

void settle_deberta(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  settle_encoder(config, checkpoint, use,
                 {.words_class = "DebertaV2ForMaskedLM",
                  .classes_class = "DebertaV2ForSequenceClassification",
                  .prefix = prefix,
                  .classifier = "classifier.weight",
                  .shapes = deberta_shapes,
                  .checkpoint = deberta_checkpoint});
}

}  // namespace

extern const ModelFamily deberta_v2_family;
const ModelFamily deberta_v2_family = {
    .model_type = "deberta-v2",
    .title = "DeBERTa-v2 and v3",
    .kind = ModelKind::MaskedEncoder,
    .read = read_deberta,
    .write = write_deberta,
    .shapes = deberta_shapes,
    .checkpoint = deberta_checkpoint,
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      ParameterList list;
      Parts parts = list_deberta(config, list);
      return std::make_unique<DebertaV2>(std::move(config), std::move(parameters),
                                         std::move(parts));
    },
    .embedding = "deberta.embeddings.word_embeddings.weight",
    .output = "cls.predictions.decoder.weight",
    .settle = settle_deberta,
};

}  // namespace trainbus
