// DistilBERT (arXiv 1910.01108): BERT without segments and pooler.
#include "models/families/encoders/bert_like.hpp"
#include "models/families/encoders/encoder_files.hpp"
#include "models/families/encoders/head_choice.hpp"
#include "models/families/encoders/stored_names.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

constexpr std::string_view prefix = "distilbert.";
constexpr double norm_eps = 1e-12;  // transformers has it in the code, not in the configuration

constexpr PostNormNames block_names = {.query = "attention.q_lin",
                                       .key = "attention.k_lin",
                                       .value = "attention.v_lin",
                                       .output = "attention.out_lin",
                                       .attention_norm = "sa_layer_norm",
                                       .intermediate = "ffn.lin1",
                                       .dense = "ffn.lin2",
                                       .final_norm = "output_layer_norm"};

EncoderHead list_head(const ModelConfig& c, ParameterList& list, ParameterId words) {
  const std::int64_t width = c.hidden_size;
  EncoderHead head;
  if (asks_for_classes(c)) {
    head.reads = EncoderHead::Reads::FirstToken;
    head.dense = list.linear("pre_classifier", width, width);
    head.activation = head_activation("relu");
    head.output = list.linear("classifier", class_count(c), width);
  } else {
    head.dense = list.linear("vocab_transform", width, width);
    head.activation = head_activation(c.hidden_act);
    head.norm = list.norm("vocab_layer_norm", width);
    head.output.weight =
        c.tie_word_embeddings ? words : list.add("vocab_projector.weight", {c.vocab_size, width});
    head.output.bias = list.add("vocab_projector.bias", {c.vocab_size});
  }
  return head;
}

// In the order of named_parameters() of DistilBertForMaskedLM or
// DistilBertForSequenceClassification.
BertLikeParts list_distilbert(const ModelConfig& c, ParameterList& list) {
  const std::string network(prefix), embeddings = network + "embeddings.";
  const std::int64_t width = c.hidden_size;
  BertLikeParts parts;
  parts.words = list.add(embeddings + "word_embeddings.weight", {c.vocab_size, width});
  parts.positions =
      list.add(embeddings + "position_embeddings.weight", {c.max_position_embeddings, width});
  parts.embedding_norm = list.norm(embeddings + "LayerNorm", width);
  parts.blocks = list_post_norm_blocks(list, network + "transformer.layer.", c, block_names);
  parts.head = list_head(c, list, parts.words);
  return parts;
}

constexpr ConfigNames field_names = {.hidden_size = "dim",
                                     .intermediate_size = "hidden_dim",
                                     .layers = "n_layers",
                                     .heads = "n_heads",
                                     .activation = "activation",
                                     .default_activation = "gelu",
                                     .rope = false,
                                     .tied = true};

// sinusoidal_pos_embds only says how the stored positions began.
void read_distilbert(const JsonFields& fields, ModelConfig& config) {
  read_common_config(fields, field_names, config);
  config.norm_eps = norm_eps;
}

void write_distilbert(const ModelConfig& config, ConfigLines& lines) {
  write_heads(config, lines);
  lines.field("activation", config.hidden_act);
  lines.field("hidden_dim", config.intermediate_size);
  lines.common(config, field_names);
}

CheckpointMap distilbert_checkpoint(const ModelConfig& config) {
  return encoder_checkpoint(bert_like_shapes<list_distilbert>(config), prefix,
                            {"vocab_", "pre_classifier.", "classifier."});
}

void settle_distilbert(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  settle_encoder(config, checkpoint, use,
                 {.words_class = "DistilBertForMaskedLM",
                  .classes_class = "DistilBertForSequenceClassification",
                  .prefix = prefix,
                  .classifier = "classifier.weight",
                  .shapes = bert_like_shapes<list_distilbert>,
                  .checkpoint = distilbert_checkpoint});
}

}  // namespace

extern const ModelFamily distilbert_family;
const ModelFamily distilbert_family = {
    .model_type = "distilbert",
    .title = "DistilBERT",
    .kind = ModelKind::MaskedEncoder,
    .read = read_distilbert,
    .write = write_distilbert,
    .shapes = bert_like_shapes<list_distilbert>,
    .checkpoint = distilbert_checkpoint,
    .make = make_bert_like<list_distilbert>,
    .embedding = "distilbert.embeddings.word_embeddings.weight",
    .output = "vocab_projector.weight",
    .settle = settle_distilbert,
};

}  // namespace trainbus
