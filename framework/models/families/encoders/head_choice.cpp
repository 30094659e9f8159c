#include "models/families/encoders/head_choice.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/io/error.hpp"
#include "models/files/stored_parts.hpp"

namespace trainbus {
namespace {

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

// The names of the parameters that are not the network's.
std::vector<std::string> head_parameters(const EncoderUses& uses, const ModelConfig& config) {
  std::vector<std::string> names;
  for (const Parameters::Shape& shape : uses.shapes(config))
    if (!shape.name.starts_with(uses.prefix)) names.push_back(shape.name);
  return names;
}

ModelConfig with_architecture(ModelConfig config, const std::string& architecture) {
  config.architecture = architecture;
  return config;
}

// Without the output matrix: stored or tied, settle_tie decides.
bool has_words_head(const ModelConfig& config, const Checkpoint& checkpoint,
                    const EncoderUses& uses) {
  const CheckpointMap map = uses.checkpoint(config);
  ModelConfig tied = config;
  tied.tie_word_embeddings = true;
  const std::vector<std::string> names = head_parameters(uses, tied);
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return stored_name(checkpoint, map, name).has_value();
  });
}

// A new head's parameters. What a head for words has under the same name, as ModernBERT's dense
// layer and norm, is taken over if it is stored.
std::vector<std::string> new_head(const ModelConfig& classes, const Checkpoint& checkpoint,
                                  const EncoderUses& uses) {
  const std::vector<std::string> names =
      head_parameters(uses, with_architecture(classes, uses.words_class));
  const std::set<std::string> of_words(names.begin(), names.end());
  const CheckpointMap map = uses.checkpoint(classes);
  std::vector<std::string> added = head_parameters(uses, classes);
  std::erase_if(added, [&](const std::string& name) {
    return of_words.contains(name) && stored_name(checkpoint, map, name).has_value();
  });
  return added;
}

}  // namespace

bool are_placeholders(const std::vector<std::string>& classes) {
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] != "LABEL_" + std::to_string(i)) return false;
  return true;
}

void refuse_without_words(const ModelConfig& config, const Checkpoint& checkpoint) {
  throw UsageError("the model is an encoder of the family " + config.model_type +
                       (config.architecture.empty() ? "" : " (" + config.architecture + ")") +
                       " without a head that predicts words",
                   checkpoint.path().string(),
                   "Use --task text-classification, or take a model that predicts words.");
}

void check_classes(const Checkpoint& checkpoint, const ModelConfig& config,
                   std::string_view stored_matrix, const std::vector<std::string>& classes) {
  const std::vector<std::int64_t>& shape = *checkpoint.shape(stored_matrix);
  const std::int64_t rows = shape.empty() ? 0 : shape.front();
  const std::string where = checkpoint.path().string();
  if (!config.problem_type.empty() && config.problem_type != "single_label_classification")
    throw UsageError("the model's head is for \"" + config.problem_type +
                         "\", whose scores are no probabilities of one class among all",
                     where,
                     "Take a model whose classes exclude each other; if these do, remove "
                     "\"problem_type\" from its config.json.");
  if (rows == 1)
    throw UsageError("the model's head gives one number (num_labels is 1): it is for regression",
                     where, "Take a model that tells classes apart, or the encoder without head.");
  if (rows != static_cast<std::int64_t>(classes.size()))
    throw UsageError("the model's head tells " + std::to_string(rows) +
                         " classes apart, the task " + std::to_string(classes.size()) + ": " +
                         list(classes),
                     where, "Give --task.labels that fit, or take the encoder without this head.");
  if (!config.labels.empty() && !are_placeholders(config.labels) && config.labels != classes)
    throw UsageError("the model's classes are " + list(config.labels) +
                         ", in this order, the task's " + list(classes),
                     where, "Give --task.labels in the model's order and words, or leave it out.");
}

void settle_encoder(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use,
                    const EncoderUses& uses) {
  if (!use.classes_asked) {
    if (!has_words_head(with_architecture(config, uses.words_class), checkpoint, uses))
      refuse_without_words(config, checkpoint);
    config.architecture = uses.words_class;
    return;
  }
  const bool has_this_head = config.architecture == uses.classes_class;
  ModelConfig wanted = with_architecture(config, uses.classes_class);
  wanted.labels = use.classes;
  const auto stored = stored_name(checkpoint, uses.checkpoint(wanted), uses.classifier);
  if (has_this_head && stored)
    check_classes(checkpoint, config, *stored, use.classes);
  else
    use.new_parameters = new_head(wanted, checkpoint, uses);
  wanted.problem_type.clear();
  config = std::move(wanted);
}

}  // namespace trainbus
