// BERT (arXiv 1810.04805), with a head that predicts masked words or classes.
#include <utility>

#include "models/families/encoders/bert_like.hpp"
#include "models/families/encoders/encoder_files.hpp"
#include "models/families/encoders/head_choice.hpp"
#include "models/families/encoders/stored_names.hpp"
#include "models/family.hpp"
#include "models/files/stored_parts.hpp"

namespace trainbus {
namespace {

constexpr std::string_view prefix = "bert.";
constexpr std::string_view words_class = "BertForMaskedLM";
constexpr std::string_view pooler_class = "BertForSequenceClassification";

// trainbus's own head for classes: over the mean of a text's tokens, beside a BertModel.
bool asks_for_mean(const ModelConfig& config) { return config.classifier_pooling == "mean"; }

EncoderHead list_head(const ModelConfig& c, ParameterList& list, ParameterId words) {
  const std::int64_t width = c.hidden_size;
  EncoderHead head;
  if (asks_for_mean(c)) {
    head.reads = EncoderHead::Reads::Mean;
    head.output = list.linear("head", class_count(c), width);
  } else if (asks_for_classes(c)) {
    head.reads = EncoderHead::Reads::FirstToken;
    head.dense = list.linear("bert.pooler.dense", width, width);
    head.activation = head_activation("tanh");
    head.output = list.linear("classifier", class_count(c), width);
  } else {
    head.output.bias = list.add("cls.predictions.bias", {c.vocab_size});
    head.dense = list.linear("cls.predictions.transform.dense", width, width);
    head.activation = head_activation(c.hidden_act);
    head.norm = list.norm("cls.predictions.transform.LayerNorm", width);
    head.output.weight = c.tie_word_embeddings
                             ? words
                             : list.add("cls.predictions.decoder.weight", {c.vocab_size, width});
  }
  return head;
}

// In the order of named_parameters() of BertForMaskedLM, BertForSequenceClassification or, with the
// head over the mean, BertModel.
BertLikeParts list_bert(const ModelConfig& c, ParameterList& list) {
  const std::string network(asks_for_mean(c) ? "" : prefix);
  const std::string embeddings = network + "embeddings.";
  const std::int64_t width = c.hidden_size;
  BertLikeParts parts;
  parts.words = list.add(embeddings + "word_embeddings.weight", {c.vocab_size, width});
  parts.positions =
      list.add(embeddings + "position_embeddings.weight", {c.max_position_embeddings, width});
  parts.segments =
      list.add(embeddings + "token_type_embeddings.weight", {c.type_vocab_size, width});
  parts.embedding_norm = list.norm(embeddings + "LayerNorm", width);
  parts.blocks = list_post_norm_blocks(list, network + "encoder.layer.", c);
  parts.head = list_head(c, list, parts.words);
  return parts;
}

void write_bert(const ModelConfig& config, ConfigLines& lines) {
  if (asks_for_mean(config)) lines.field("classifier_pooling", config.classifier_pooling);
  write_bert_like_config(config, lines);
}

// "cls." has the output matrix's bias under a second name, too.
CheckpointMap bert_checkpoint(const ModelConfig& config) {
  CheckpointMap map =
      encoder_checkpoint(bert_like_shapes<list_bert>(config), prefix, {"cls.", "classifier."});
  map.keep("bert.pooler.").keep("pooler.").keep("cls.seq_relationship.");
  for (const char* name : {"pooler.dense.weight", "pooler.dense.bias"})
    if (asks_for_mean(config)) map.rename(name, stored_names(name, prefix));
  return map;
}

// Names within a layer, and outside of them. gguf-py: tensor_mapping.py.
constexpr std::pair<std::string_view, std::string_view> gguf_in_layer[] = {
    {"attention.self.query", "attn_q"},
    {"attention.self.key", "attn_k"},
    {"attention.self.value", "attn_v"},
    {"attention.output.dense", "attn_output"},
    {"attention.output.LayerNorm", "attn_output_norm"},
    {"intermediate.dense", "ffn_up"},
    {"output.dense", "ffn_down"},
    {"output.LayerNorm", "layer_output_norm"}};
constexpr std::pair<std::string_view, std::string_view> gguf_outside[] = {
    {"embeddings.word_embeddings", "token_embd"},
    {"embeddings.position_embeddings", "position_embd"},
    {"embeddings.token_type_embeddings", "token_types"},
    {"embeddings.LayerNorm", "token_embd_norm"}};

// Files hold the network alone; heads keep their names, which no file has.
CheckpointMap bert_gguf(const ModelConfig& config) {
  const std::string network(asks_for_mean(config) ? "" : prefix);
  CheckpointMap map;
  const auto rename = [&](const std::string& in_model, const std::string& in_file) {
    for (const char* end : {".weight", ".bias"}) map.rename(in_model + end, {in_file + end});
  };
  for (const auto& [name, in_file] : gguf_outside)
    rename(network + std::string(name), std::string(in_file));
  for (std::int64_t i = 0; i < config.layers; ++i)
    for (const auto& [name, in_file] : gguf_in_layer)
      rename(network + "encoder.layer." + std::to_string(i) + "." + std::string(name),
             "blk." + std::to_string(i) + "." + std::string(in_file));
  return map;
}

const EncoderUses uses = {.words_class = std::string(words_class),
                          .classes_class = std::string(pooler_class),
                          .prefix = prefix,
                          .classifier = "classifier.weight",
                          .shapes = bert_like_shapes<list_bert>,
                          .checkpoint = bert_checkpoint};

// What BertModel has and a mean over the tokens does not read.
void keep_pooler(const ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  const CheckpointMap map = bert_checkpoint(config);
  const std::int64_t width = config.hidden_size;
  const std::vector<Parameters::Shape> pooler = {{"pooler.dense.weight", {width, width}},
                                                 {"pooler.dense.bias", {width}}};
  for (const Parameters::Shape& shape : pooler)
    if (!stored_name(checkpoint, map, shape.name)) return;
  use.untouched = pooler;
}

// Sentence encoders such as MiniLM are read by the mean over their tokens: that is the new head.
void settle_bert(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  const bool stored_mean = asks_for_mean(config) && checkpoint.has("head.weight");
  config.classifier_pooling.clear();
  if (!use.classes_asked) return settle_encoder(config, checkpoint, use, uses);
  if (!stored_mean && config.architecture == pooler_class && checkpoint.has("classifier.weight"))
    return settle_encoder(config, checkpoint, use, uses);
  if (stored_mean)
    check_classes(checkpoint, config, "head.weight", use.classes);
  else
    use.new_parameters = {"head.weight", "head.bias"};
  config.labels = use.classes;
  config.problem_type.clear();
  config.architecture = "BertModel";
  config.classifier_pooling = "mean";
  keep_pooler(config, checkpoint, use);
}

}  // namespace

extern const ModelFamily bert_family;
const ModelFamily bert_family = {
    .model_type = "bert",
    .title = "BERT, MiniLM",
    .kind = ModelKind::MaskedEncoder,
    .read = read_bert_like_config,
    .write = write_bert,
    .shapes = bert_like_shapes<list_bert>,
    .checkpoint = bert_checkpoint,
    .make = make_bert_like<list_bert>,
    .embedding = "bert.embeddings.word_embeddings.weight",
    .output = "cls.predictions.decoder.weight",
    .settle = settle_bert,
    .gguf = bert_gguf,
};

}  // namespace trainbus
