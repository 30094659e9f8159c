// Sets up text classification: an encoder with its checkpoint's classification head or a new one.
#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "tasks/example_setup.hpp"
#include "tasks/text_classification/task.hpp"
#include "tasks/text_classification/text_batches.hpp"
#include "tasks/text_classification/text_classification.hpp"

namespace trainbus::tasks {
namespace {

class TextSetup final : public ExampleTaskSetup {
 public:
  explicit TextSetup(TaskInputs inputs) : ExampleTaskSetup(std::move(inputs)) {
    if (!options().text("labels").empty()) return;
    const std::vector<std::string> names = class_names(inputs_.model);
    if (names.empty())
      throw UsageError("names no classes, and neither does the model's config.json",
                       "--task.labels",
                       "Give the values of the label column: --task.labels 'rotten|fresh'.");
    set_option("labels", format_class_names(names), (inputs_.model / "config.json").string());
  }

  TaskModel load_model() override {
    log::info("loading the model " + inputs_.model.string());
    std::vector<std::string> names;
    for (const Label& label : labels()) names.push_back(label.value);
    LoadedModel loaded = load_classifier(inputs_.model, names, inputs_.seed, inputs_.format);
    has_new_head_ = loaded.new_head;
    if (has_new_head_)
      log::info("the model has no classification head: initialising one for " +
                std::to_string(names.size()) + " classes from seed " +
                std::to_string(inputs_.seed));
    return {std::move(loaded.model), std::move(loaded.tokenizer)};
  }
  std::unique_ptr<Predictor> make_predictor(const TaskModel& model) override {
    if (has_new_head_)
      throw UsageError("the model has no classification head, so it cannot classify",
                       inputs_.model.string(),
                       "Train it first: trainbus train --task text-classification.");
    return ExampleTaskSetup::make_predictor(model);
  }

 protected:
  PromptClassificationOptions data_options() const override {
    return text_classification_options(options());
  }
  std::vector<Label> named_labels() const override {
    return parse_class_names(options().text("labels"), place_of(options(), "labels"));
  }
  std::unique_ptr<ExampleTask> make(const Dataset& dataset, const TaskModel&,
                                    const TextEncoder& encode,
                                    const ExampleTaskOptions& options) const override {
    return std::make_unique<TextTask>(dataset, encode, options);
  }

 private:
  bool has_new_head_ = false;
};

}  // namespace

std::unique_ptr<TaskSetup> TextClassification::setup(TaskInputs inputs) {
  return std::make_unique<TextSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
