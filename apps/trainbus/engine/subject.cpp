#include "subject.hpp"

#include <ATen/Parallel.h>

#include "classifier.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "models/families/mlp.hpp"
#include "models/parameter_files.hpp"
#include "task_file.hpp"
#include "tasks/data/labels.hpp"
#include "tasks/mlp/mlp_task.hpp"
#include "tasks/text_classification/text_classification.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mlp_hidden = 16;

Subject load_mlp(const RunSpec& spec) {
  if (spec.run.text("dtype") != "float32")
    throw UsageError(
        "the task mlp computes in float32, " + spec.run.text("dtype") + " was asked for", "--dtype",
        "Leave it out.");
  const auto seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  const MlpTaskOptions options{.features = spec.task.integer("features"),
                               .classes = spec.task.integer("classes"),
                               .train_examples = spec.task.integer("examples"),
                               .batch_size = spec.run.integer("batch-size"),
                               .seed = seed};
  Subject subject;
  auto model =
      std::make_unique<Mlp>(Parameters(Mlp::shapes(options.features, mlp_hidden, options.classes)));
  model->initialize(seed);
  subject.model = std::move(model);
  subject.task = std::make_unique<MlpTask>(options);
  return subject;
}

tasks::Dataset load_dataset(const Classification& classification) {
  return tasks::load_prompt_classification(
      classification.prompts() ? tasks::prompt_classification_options(classification.options)
                               : tasks::text_classification_options(classification.options));
}

Subject load_classification(const RunSpec& spec) {
  const Classification classification = classification_of(spec);
  const tasks::Dataset dataset = load_dataset(classification);
  if (spec.verb == "train")
    if (const std::string missing = tasks::check_training_labels(dataset); !missing.empty())
      log::warning(missing);
  Classifier classifier = make_classifier(spec, classification, dataset);
  const std::int64_t max_tokens = classifier.task->max_tokens();
  Subject subject;
  subject.summary = tasks::summary(dataset);
  if (const std::size_t count = classifier.task->truncated(); count > 0)
    subject.summary += std::to_string(count) +
                       (classification.prompts() ? " prompts were" : " texts were") + " cut to " +
                       std::to_string(max_tokens) + " tokens at the end of their text\n";
  subject.model = std::move(classifier.loaded.model);
  subject.tokenizer = std::move(classifier.loaded.tokenizer);
  subject.task = std::move(classifier.task);
  subject.task_name = classification.task;
  subject.task_options = classification.options;
  subject.task_options.set("max-tokens", std::to_string(max_tokens), "the model");
  return subject;
}

}  // namespace

void save_subject(const Subject& subject, const fs::path& folder) {
  const auto* model = dynamic_cast<const PretrainedModel*>(subject.model.get());
  if (!model) {
    file_system().make_folders(folder);
    return save_parameters(subject.model->parameters(), folder / "model.safetensors");
  }
  save_model(*model, *subject.tokenizer, folder);
  write_task_file(folder, subject.task_name, subject.task_options);
}

Subject load_subject(const RunSpec& spec) {
  return spec.run.text("task") == "mlp" ? load_mlp(spec) : load_classification(spec);
}

Subject load_model_alone(const RunSpec& spec) {
  if (spec.run.text("task") == "mlp") return load_mlp(spec);
  const Classification classification = classification_of(spec);
  tasks::Dataset labels;
  if (!classification.prompts())
    labels.labels = tasks::parse_class_names(classification.options.text("labels"));
  LoadedModel loaded = load_model_of(spec, classification, labels);
  Subject subject;
  subject.model = std::move(loaded.model);
  subject.tokenizer = std::move(loaded.tokenizer);
  subject.task_name = classification.task;
  subject.task_options = classification.options;
  return subject;
}

void set_threads(const RunSpec& spec) {
  std::int64_t threads = spec.run.integer("threads");
  // A network this small is done before a second thread has begun.
  if (threads == 0 && spec.run.text("task") == "mlp") threads = 1;
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
}

}  // namespace trainbus
