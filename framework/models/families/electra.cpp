// ELECTRA (arXiv 2003.10555): BERT whose embeddings may be narrower than its blocks. Its generator
// predicts masked words, its discriminator is what classifiers are trained from.
#include "formats/config/check.hpp"
#include "models/families/encoders/bert_like.hpp"
#include "models/families/encoders/encoder_files.hpp"
#include "models/families/encoders/head_choice.hpp"
#include "models/families/encoders/stored_names.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

constexpr std::string_view prefix = "electra.";

EncoderHead list_head(const ModelConfig& c, ParameterList& list, ParameterId words) {
  const std::int64_t width = c.hidden_size, narrow = c.embedding_size;
  EncoderHead head;
  head.activation = head_activation("gelu");  // whatever hidden_act is
  if (asks_for_classes(c)) {
    head.reads = EncoderHead::Reads::FirstToken;
    head.dense = list.linear("classifier.dense", width, width);
    head.output = list.linear("classifier.out_proj", class_count(c), width);
  } else {
    head.norm = list.norm("generator_predictions.LayerNorm", narrow);
    head.dense = list.linear("generator_predictions.dense", narrow, width);
    head.output.weight = c.tie_word_embeddings
                             ? words
                             : list.add("generator_lm_head.weight", {c.vocab_size, narrow});
    head.output.bias = list.add("generator_lm_head.bias", {c.vocab_size});
  }
  return head;
}

// In the order of named_parameters() of ElectraForMaskedLM or ElectraForSequenceClassification.
BertLikeParts list_electra(const ModelConfig& c, ParameterList& list) {
  const std::string network(prefix), embeddings = network + "embeddings.";
  const std::int64_t width = c.hidden_size, narrow = c.embedding_size;
  BertLikeParts parts;
  parts.words = list.add(embeddings + "word_embeddings.weight", {c.vocab_size, narrow});
  parts.positions =
      list.add(embeddings + "position_embeddings.weight", {c.max_position_embeddings, narrow});
  parts.segments =
      list.add(embeddings + "token_type_embeddings.weight", {c.type_vocab_size, narrow});
  parts.embedding_norm = list.norm(embeddings + "LayerNorm", narrow);
  if (narrow != width)
    parts.projection = list.linear(network + "embeddings_project", width, narrow);
  parts.blocks = list_post_norm_blocks(list, network + "encoder.layer.", c);
  parts.head = list_head(c, list, parts.words);
  return parts;
}

void read_electra(const JsonFields& fields, ModelConfig& config) {
  constexpr std::int64_t default_width = 128;
  read_bert_like_config(fields, config);
  config.embedding_size = fields.integer("embedding_size", 1, largest_model_extent, default_width);
}

void write_electra(const ModelConfig& config, ConfigLines& lines) {
  lines.field("embedding_size", config.embedding_size);
  write_bert_like_config(config, lines);
}

CheckpointMap electra_checkpoint(const ModelConfig& config) {
  return encoder_checkpoint(bert_like_shapes<list_electra>(config), prefix,
                            {"generator_", "discriminator_predictions.", "classifier."});
}

void settle_electra(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  settle_encoder(config, checkpoint, use,
                 {.words_class = "ElectraForMaskedLM",
                  .classes_class = "ElectraForSequenceClassification",
                  .prefix = prefix,
                  .classifier = "classifier.out_proj.weight",
                  .shapes = bert_like_shapes<list_electra>,
                  .checkpoint = electra_checkpoint});
}

}  // namespace

extern const ModelFamily electra_family;
const ModelFamily electra_family = {
    .model_type = "electra",
    .title = "ELECTRA",
    .kind = ModelKind::MaskedEncoder,
    .read = read_electra,
    .write = write_electra,
    .shapes = bert_like_shapes<list_electra>,
    .checkpoint = electra_checkpoint,
    .make = make_bert_like<list_electra>,
    .embedding = "electra.embeddings.word_embeddings.weight",
    .output = "generator_lm_head.weight",
    .settle = settle_electra,
};

}  // namespace trainbus
