// BERT's order of parameters, its configuration, and where checkpoints keep it.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "core/io/error.hpp"
#include "models/families/bert.hpp"
#include "models/family.hpp"

namespace trainbus {
namespace {

class Shapes {
 public:
  explicit Shapes(std::string prefix) : prefix_(std::move(prefix)) {}

  // The encoder's tensors are named after it, the head's are not.
  void encoder(const std::string& name, std::vector<std::int64_t> sizes) {
    add(prefix_ + name, std::move(sizes));
  }
  void add(const std::string& name, std::vector<std::int64_t> sizes) {
    const std::int64_t rows = sizes.front();
    matrix(name + ".weight", std::move(sizes));
    matrix(name + ".bias", {rows});
  }
  void matrix(const std::string& name, std::vector<std::int64_t> sizes) {
    all.push_back({name, std::move(sizes)});
  }

  std::vector<Parameters::Shape> all;

 private:
  std::string prefix_;
};

std::int64_t class_count(const ModelConfig& config) {
  if (config.labels.empty())
    throw UsageError("the classes have no names", "config.json", "Name them as id2label does.");
  return static_cast<std::int64_t>(config.labels.size());
}

void add_head(const ModelConfig& c, BertHead head, Shapes& shapes) {
  const std::int64_t width = c.hidden_size;
  if (head == BertHead::MaskedLanguageModel) {
    shapes.matrix("cls.predictions.bias", {c.vocab_size});
    shapes.add("cls.predictions.transform.dense", {width, width});
    shapes.add("cls.predictions.transform.LayerNorm", {width});
    if (!c.tie_word_embeddings)
      shapes.matrix("cls.predictions.decoder.weight", {c.vocab_size, width});
  } else if (head == BertHead::Pooler) {
    shapes.encoder("pooler.dense", {width, width});
    shapes.add("classifier", {class_count(c), width});
  } else {
    shapes.add("head", {class_count(c), width});
  }
}

}  // namespace

std::vector<Parameters::Shape> Bert::shapes(const ModelConfig& c, BertHead head) {
  const std::string prefix = head == BertHead::Mean ? "" : "bert.";
  const std::int64_t width = c.hidden_size, inner = c.intermediate_size;
  Shapes shapes(prefix);
  const std::string embeddings = prefix + "embeddings.";
  shapes.matrix(embeddings + "word_embeddings.weight", {c.vocab_size, width});
  shapes.matrix(embeddings + "position_embeddings.weight", {c.max_position_embeddings, width});
  shapes.matrix(embeddings + "token_type_embeddings.weight", {c.type_vocab_size, width});
  shapes.encoder("embeddings.LayerNorm", {width});
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "encoder.layer." + std::to_string(i) + ".";
    for (const char* name : {"query", "key", "value"})
      shapes.encoder(layer + "attention.self." + name, {width, width});
    shapes.encoder(layer + "attention.output.dense", {width, width});
    shapes.encoder(layer + "attention.output.LayerNorm", {width});
    shapes.encoder(layer + "intermediate.dense", {inner, width});
    shapes.encoder(layer + "output.dense", {width, inner});
    shapes.encoder(layer + "output.LayerNorm", {width});
  }
  add_head(c, head, shapes);
  return std::move(shapes.all);
}

bool are_placeholders(const std::vector<std::string>& classes) {
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] != "LABEL_" + std::to_string(i)) return false;
  return true;
}

BertHead bert_head(const ModelConfig& config) {
  if (config.classifier_pooling == "mean") return BertHead::Mean;
  return config.architecture == "BertForSequenceClassification" ? BertHead::Pooler
                                                                : BertHead::MaskedLanguageModel;
}

namespace {

constexpr std::string_view prefix = "bert.";

// Checkpoints of the bare encoder have no "bert." before its tensors; TensorFlow's children call a
// norm's weight and bias gamma and beta.
std::vector<std::string> stored_names(const std::string& name) {
  const std::string bare = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  std::vector<std::string> names = {name, std::string(prefix) + bare, bare};
  for (const auto& [now, then] :
       {std::pair{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}})
    if (name.ends_with(now))
      for (std::size_t i = 0; i < 3; ++i) {
        std::string older = names[i];
        names.push_back(
            older.replace(older.size() - std::string_view(now).size(), std::string::npos, then));
      }
  return names;
}

bool has(const Checkpoint& checkpoint, const std::string& name) {
  for (const std::string& stored : stored_names(name))
    if (checkpoint.has(stored)) return true;
  return false;
}

void read_bert(const JsonFields& fields, ModelConfig& config) {
  constexpr std::string_view without = "Use a checkpoint without it.";
  if (fields.text("position_embedding_type", "absolute") != "absolute")
    fields.refuse("position_embedding_type", "\"absolute\": relative ones are not computed",
                  without);
  for (const std::string_view key : {"is_decoder", "add_cross_attention"})
    if (fields.flag(key, false)) fields.refuse(key, "false: only encoders are computed", without);
  read_common_config(fields,
                     {.norm_eps = "layer_norm_eps",
                      .default_norm_eps = 1e-12,
                      .default_activation = "gelu",
                      .rope = false,
                      .tied = true},
                     config);
}

void write_bert(const ModelConfig& config, ConfigLines& lines) {
  boost::json::array names;
  if (!config.architecture.empty()) names.emplace_back(config.architecture);
  lines.raw("architectures", boost::json::serialize(names));
  if (!config.classifier_pooling.empty())
    lines.field("classifier_pooling", config.classifier_pooling);
  lines.field("hidden_act", config.hidden_act);
  lines.labels(config.labels);
  lines.field("intermediate_size", config.intermediate_size);
  lines.field("layer_norm_eps", config.norm_eps);
  lines.field("position_embedding_type", std::string("absolute"));
  lines.field("type_vocab_size", config.type_vocab_size);
  lines.common(config);
}

std::vector<Parameters::Shape> bert_shapes(const ModelConfig& config) {
  return Bert::shapes(config, bert_head(config));
}

CheckpointMap bert_checkpoint(const ModelConfig& config) {
  CheckpointMap map;
  for (const Parameters::Shape& shape : bert_shapes(config))
    map.rename(shape.name, stored_names(shape.name));
  for (const char* name : {"pooler.dense.weight", "pooler.dense.bias"})
    if (bert_head(config) == BertHead::Mean) map.rename(name, stored_names(name));
  // Heads for other uses, and the output matrix's bias under its second name.
  map.ignore("cls.").ignore("classifier.");
  map.keep("bert.pooler.").keep("pooler.").keep("cls.seq_relationship.");
  return map;
}

// A head's layout, and its matrix's name in checkpoints.
struct ClassHead {
  BertHead kind;
  const char* matrix;
};

// transformers' "classifier" reads the pooler; other layouts of that name are not known.
std::optional<ClassHead> stored_head(const Checkpoint& checkpoint, const ModelConfig& config) {
  if (config.classifier_pooling == "mean" && checkpoint.has("head.weight"))
    return ClassHead{BertHead::Mean, "head.weight"};
  if (config.architecture == "BertForSequenceClassification" &&
      checkpoint.has("classifier.weight") && has(checkpoint, "pooler.dense.weight"))
    return ClassHead{BertHead::Pooler, "classifier.weight"};
  return std::nullopt;
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

void check_classes(const Checkpoint& checkpoint, const ModelConfig& config, const char* matrix,
                   const std::vector<std::string>& classes) {
  const std::vector<std::int64_t>& shape = *checkpoint.shape(matrix);
  const std::int64_t rows = shape.empty() ? 0 : shape.front();
  if (rows != static_cast<std::int64_t>(classes.size()))
    throw UsageError("the model's head tells " + std::to_string(rows) +
                         " classes apart, the task " + std::to_string(classes.size()) + ": " +
                         list(classes),
                     checkpoint.path().string(),
                     "Give --task.labels that fit, or take the encoder without this head.");
  if (!config.problem_type.empty() && config.problem_type != "single_label_classification")
    throw UsageError("the model's head is for \"" + config.problem_type +
                         "\", whose scores are no probabilities of one class among all",
                     checkpoint.path().string(),
                     "Take a model whose classes exclude each other; if these do, remove "
                     "\"problem_type\" from its config.json.");
  if (!config.labels.empty() && !are_placeholders(config.labels) && config.labels != classes)
    throw UsageError("the model's classes are " + list(config.labels) +
                         ", in this order, the task's " + list(classes),
                     checkpoint.path().string(),
                     "Give --task.labels in the model's order and words, or leave it out.");
}

void settle_for_words(ModelConfig& config, const Checkpoint& checkpoint) {
  if (!checkpoint.has("cls.predictions.bias") ||
      !checkpoint.has("cls.predictions.transform.dense.weight"))
    throw UsageError("the model is a BERT encoder" +
                         (config.architecture.empty() ? "" : " (" + config.architecture + ")") +
                         " without a head that predicts words",
                     checkpoint.path().string(),
                     "Use --task text-classification, or take a model that predicts words.");
  config.architecture = "BertForMaskedLM";
  config.classifier_pooling.clear();
}

void settle_bert(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use) {
  if (!use.classes_asked) return settle_for_words(config, checkpoint);
  const std::optional<ClassHead> stored = stored_head(checkpoint, config);
  if (stored) check_classes(checkpoint, config, stored->matrix, use.classes);
  if (!stored) use.new_parameters = {"head.weight", "head.bias"};
  const BertHead head = stored ? stored->kind : BertHead::Mean;
  config.labels = use.classes;
  config.problem_type.clear();
  config.architecture = head == BertHead::Pooler ? "BertForSequenceClassification" : "BertModel";
  config.classifier_pooling = head == BertHead::Mean ? "mean" : "";
  // What BertModel has and a mean over the tokens does not read.
  const std::int64_t width = config.hidden_size;
  if (head == BertHead::Mean && has(checkpoint, "pooler.dense.weight") &&
      has(checkpoint, "pooler.dense.bias"))
    use.untouched = {{"pooler.dense.weight", {width, width}}, {"pooler.dense.bias", {width}}};
}

}  // namespace

extern const ModelFamily bert_family;
const ModelFamily bert_family = {
    .model_type = "bert",
    .kind = ModelKind::MaskedEncoder,
    .read = read_bert,
    .write = write_bert,
    .shapes = bert_shapes,
    .checkpoint = bert_checkpoint,
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      const BertHead head = bert_head(config);
      return std::make_unique<Bert>(std::move(config), head, std::move(parameters));
    },
    .embedding = "bert.embeddings.word_embeddings.weight",
    .output = "cls.predictions.decoder.weight",
    .settle = settle_bert,
};

}  // namespace trainbus
