#include "models/families/bert_files.hpp"

#include "core/io/error.hpp"
#include "models/parameter_files.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "bert.";

// Checkpoints of the bare encoder have no "bert." before its tensors; TensorFlow's children call a
// norm's gain and bias gamma and beta.
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

bool has(const SafetensorsSet& checkpoint, const std::string& name) {
  for (const std::string& stored : stored_names(name))
    if (checkpoint.has(stored)) return true;
  return false;
}

// A head's layout, and its matrix's name in checkpoints.
struct ClassHead {
  BertHead kind;
  const char* matrix;
};

// transformers' "classifier" reads the pooler; other layouts of that name are not known.
std::optional<ClassHead> stored_head(const SafetensorsSet& checkpoint, const ModelConfig& config) {
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

void check_classes(const SafetensorsSet& checkpoint, const ModelConfig& config, const char* matrix,
                   const std::vector<std::string>& classes) {
  const std::vector<std::int64_t>& shape = checkpoint.at(matrix).info->shape;
  const std::int64_t rows = shape.empty() ? 0 : shape.front();
  if (rows != static_cast<std::int64_t>(classes.size()))
    throw UsageError("the model's head tells " + std::to_string(rows) +
                         " classes apart, the task " + std::to_string(classes.size()) + ": " +
                         list(classes),
                     checkpoint.path().string(),
                     "Give --task.labels that fit, or take the encoder without this head.");
  if (!config.labels.empty() && !are_placeholders(config.labels) && config.labels != classes)
    throw UsageError("the model's classes are " + list(config.labels) +
                         ", in this order, the task's " + list(classes),
                     checkpoint.path().string(),
                     "Give --task.labels in the model's order and words, or leave it out.");
}

// What BertModel has and a mean over the tokens does not read.
Parameters pooler(const SafetensorsSet& checkpoint, const ModelConfig& config) {
  const std::int64_t width = config.hidden_size;
  if (!has(checkpoint, "pooler.dense.weight") || !has(checkpoint, "pooler.dense.bias")) return {};
  return load_parameters({{"pooler.dense.weight", {width, width}}, {"pooler.dense.bias", {width}}},
                         checkpoint, stored_names);
}

}  // namespace

bool are_placeholders(const std::vector<std::string>& classes) {
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] != "LABEL_" + std::to_string(i)) return false;
  return true;
}

std::unique_ptr<Bert> load_masked_bert(const ModelConfig& given, const fs::path& folder,
                                       kernels::Format format) {
  const SafetensorsSet checkpoint(folder);
  if (!checkpoint.has("cls.predictions.bias") ||
      !checkpoint.has("cls.predictions.transform.dense.weight"))
    throw UsageError("the model is a BERT encoder" +
                         (given.architecture.empty() ? "" : " (" + given.architecture + ")") +
                         " without a head that predicts words",
                     folder.string(),
                     "Use --task text-classification, or take a Llama or OPT model.");
  ModelConfig config = given;
  config.architecture = "BertForMaskedLM";
  const auto head = BertHead::MaskedLanguageModel;
  return std::make_unique<Bert>(
      config, head, load_parameters(Bert::shapes(config, head), checkpoint, stored_names, format));
}

std::unique_ptr<Bert> load_bert_classifier(const ModelConfig& given, const fs::path& folder,
                                           const std::vector<std::string>& classes,
                                           kernels::Format format, bool& fresh) {
  const SafetensorsSet checkpoint(folder);
  const std::optional<ClassHead> stored = stored_head(checkpoint, given);
  if (stored) check_classes(checkpoint, given, stored->matrix, classes);
  fresh = !stored;
  const BertHead head = stored ? stored->kind : BertHead::Mean;
  ModelConfig config = given;
  config.labels = classes;
  config.architecture = head == BertHead::Pooler ? "BertForSequenceClassification" : "BertModel";
  config.classifier_pooling = head == BertHead::Mean ? "mean" : "";
  const auto names = [&](const std::string& name) {
    return fresh && name.starts_with("head.") ? std::vector<std::string>() : stored_names(name);
  };
  auto model = std::make_unique<Bert>(
      config, head, load_parameters(Bert::shapes(config, head), checkpoint, names, format));
  if (head == BertHead::Mean) model->keep_untouched(pooler(checkpoint, config));
  return model;
}

}  // namespace trainbus
