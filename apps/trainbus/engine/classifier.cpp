#include "classifier.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "task_file.hpp"
#include "tasks/prompt_classification/prompt_batches.hpp"
#include "tasks/text_classification/text_batches.hpp"

namespace trainbus {
namespace {

std::vector<std::string> names_of(const std::vector<tasks::Label>& labels) {
  std::vector<std::string> names;
  for (const tasks::Label& label : labels) names.push_back(label.value);
  return names;
}

kernels::Format format_of(const std::string& dtype) {
  if (dtype == "bfloat16") return kernels::Format::BFloat16;
  if (dtype == "float16") return kernels::Format::Float16;
  if (dtype == "bfloat16-residual") return kernels::Format::BFloat16Residual;
  return dtype == "bfloat16-split" ? kernels::Format::BFloat16Split : kernels::Format::Float32;
}

// As asked; the default as far as the model reaches.
std::int64_t max_tokens_of(const OptionValues& options, std::int64_t positions) {
  const std::int64_t asked = options.integer("max-tokens");
  if (options.is_default("max-tokens")) return std::min(asked, positions);
  if (asked > positions)
    throw UsageError("is " + std::to_string(asked) + ", the model has " +
                         std::to_string(positions) + " positions",
                     "--task.max-tokens", "Give at most that many.");
  return asked;
}

ExampleTaskOptions task_options(const RunSpec& spec, const OptionValues& task,
                                const PretrainedModel& model) {
  ExampleTaskOptions options;
  options.batch_size = spec.run.integer("batch-size");
  options.evaluation_limit = spec.run.has("eval-limit") ? spec.run.integer("eval-limit") : 0;
  options.positions = model.config().max_position_embeddings;
  options.max_tokens = max_tokens_of(task, options.positions);
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  return options;
}

// A masked language model reads whole texts, a decoder goes on with the beginning of one.
tasks::TextEncoder encoder_of(const LoadedModel& loaded, bool whole) {
  const Tokenizer& tokenizer = *loaded.tokenizer;
  if (whole) return [&](std::string_view text) { return tokenizer.encode_whole(text); };
  return [&](std::string_view text) { return tokenizer.encode_beginning(text); };
}

}  // namespace

LoadedModel load_model_of(const RunSpec& spec, const Classification& classification,
                          const tasks::Dataset& dataset) {
  log::info("loading the model " + classification.model.string());
  const kernels::Format format = format_of(spec.run.text("dtype"));
  if (classification.prompts()) return load_language_model(classification.model, format);
  const auto seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  LoadedModel loaded =
      load_classifier(classification.model, names_of(dataset.labels), seed, format);
  if (loaded.new_head)
    log::info("the model has no head for classes: a new one for " +
              std::to_string(dataset.labels.size()) + " begins, from seed " +
              std::to_string(spec.run.integer("seed")));
  return loaded;
}

Classification classification_of(const RunSpec& spec) {
  Classification result{.model = model_path(spec.run.text("model"))};
  result.task = task_of(spec, result.model);
  result.options = task_options_for(result.model, result.task, spec.task);
  if (result.prompts() || !result.options.text("labels").empty()) return result;
  const std::vector<std::string> names = class_names(result.model);
  if (names.empty())
    throw UsageError("names no classes, and neither does the model's config.json", "--task.labels",
                     "Give the values of the label column: --task.labels 'rotten|fresh'.");
  result.options.set("labels", tasks::format_class_names(names),
                     (result.model / "config.json").string());
  return result;
}

Classifier make_classifier(const RunSpec& spec, const Classification& classification,
                           const tasks::Dataset& dataset) {
  Classifier classifier;
  classifier.loaded = load_model_of(spec, classification, dataset);
  const Tokenizer& tokenizer = *classifier.loaded.tokenizer;
  const bool masked = classifier.loaded.model->family() == "bert";
  classifier.encode = encoder_of(classifier.loaded, masked);
  const ExampleTaskOptions options =
      task_options(spec, classification.options, *classifier.loaded.model);
  if (!classification.prompts()) {
    classifier.task = std::make_unique<TextTask>(dataset, classifier.encode, options);
    return classifier;
  }
  PromptEncoding encoding{.words = [&](std::string_view text) { return tokenizer.encode(text); },
                          .prompts = classifier.encode};
  if (masked) {
    encoding.mask = tokenizer.mask();
    if (!encoding.mask)
      throw UsageError("the tokenizer names no mask_token, which a masked language model needs",
                       classification.model.string(), "Name it in tokenizer_config.json.");
  }
  classifier.task = std::make_unique<PromptTask>(dataset, encoding, options);
  return classifier;
}

}  // namespace trainbus
