// RoBERTa (arXiv 1907.11692), and the families that are the same network under another name:
// XLM-RoBERTa (arXiv 1911.02116) and CamemBERT (arXiv 1911.03894).
#include "core/io/error.hpp"
#include "models/families/encoders/bert_like.hpp"
#include "models/families/encoders/encoder_files.hpp"
#include "models/families/encoders/head_choice.hpp"
#include "models/families/encoders/stored_names.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

constexpr std::string_view prefix = "roberta.";

EncoderHead list_head(const ModelConfig& c, ParameterList& list, ParameterId words) {
  const std::int64_t width = c.hidden_size;
  EncoderHead head;
  if (asks_for_classes(c)) {
    head.reads = EncoderHead::Reads::FirstToken;
    head.dense = list.linear("classifier.dense", width, width);
    head.activation = head_activation("tanh");
    head.output = list.linear("classifier.out_proj", class_count(c), width);
  } else {
    head.output.bias = list.add("lm_head.bias", {c.vocab_size});
    head.dense = list.linear("lm_head.dense", width, width);
    head.activation = head_activation("gelu");  // whatever hidden_act is
    head.norm = list.norm("lm_head.layer_norm", width);
    head.output.weight =
        c.tie_word_embeddings ? words : list.add("lm_head.decoder.weight", {c.vocab_size, width});
  }
  return head;
}

// In the order of named_parameters() of RobertaForMaskedLM or RobertaForSequenceClassification.
BertLikeParts list_roberta(const ModelConfig& c, ParameterList& list) {
  const std::string embeddings = std::string(prefix) + "embeddings.";
  const std::int64_t width = c.hidden_size;
  BertLikeParts parts;
  parts.padding = c.pad_id;
  parts.words = list.add(embeddings + "word_embeddings.weight", {c.vocab_size, width});
  parts.segments =
      list.add(embeddings + "token_type_embeddings.weight", {c.type_vocab_size, width});
  parts.embedding_norm = list.norm(embeddings + "LayerNorm", width);
  parts.positions =
      list.add(embeddings + "position_embeddings.weight", {c.max_position_embeddings, width});
  parts.blocks = list_post_norm_blocks(list, std::string(prefix) + "encoder.layer.", c);
  parts.head = list_head(c, list, parts.words);
  return parts;
}

void read_roberta(const JsonFields& fields, ModelConfig& config) {
  constexpr std::int64_t default_padding = 1;
  read_bert_like_config(fields, config);
  if (!config.pad_id) config.pad_id = default_padding;
  if (*config.pad_id + 1 >= config.max_position_embeddings)
    fields.refuse("max_position_embeddings",
                  "more than pad_token_id + 1: positions begin behind the padding's",
                  "Take an intact configuration.");
}

CheckpointMap roberta_checkpoint(const ModelConfig& config) {
  return encoder_checkpoint(bert_like_shapes<list_roberta>(config), prefix,
                            {"lm_head.", "classifier."})
      .keep("roberta.pooler.")
      .keep("pooler.");
}

// The classes of transformers that have the network, by model_type.
std::string class_prefix(const ModelConfig& config) {
  if (config.model_type == "xlm-roberta") return "XLMRoberta";
  return config.model_type == "camembert" ? "Camembert" : "Roberta";
}

void settle_roberta(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  const std::string name = class_prefix(config);
  settle_encoder(config, checkpoint, use,
                 {.words_class = name + "ForMaskedLM",
                  .classes_class = name + "ForSequenceClassification",
                  .prefix = prefix,
                  .classifier = "classifier.out_proj.weight",
                  .shapes = bert_like_shapes<list_roberta>,
                  .checkpoint = roberta_checkpoint});
}

constexpr ModelFamily family(std::string_view model_type, std::string_view title) {
  return {
      .model_type = model_type,
      .title = title,
      .kind = ModelKind::MaskedEncoder,
      .read = read_roberta,
      .write = write_bert_like_config,
      .shapes = bert_like_shapes<list_roberta>,
      .checkpoint = roberta_checkpoint,
      .make = make_bert_like<list_roberta>,
      .embedding = "roberta.embeddings.word_embeddings.weight",
      .output = "lm_head.decoder.weight",
      .settle = settle_roberta,
  };
}

}  // namespace

extern const ModelFamily roberta_family, xlm_roberta_family, camembert_family;
const ModelFamily roberta_family = family("roberta", "RoBERTa");
const ModelFamily xlm_roberta_family = family("xlm-roberta", "XLM-RoBERTa");
const ModelFamily camembert_family = family("camembert", "CamemBERT");

}  // namespace trainbus
