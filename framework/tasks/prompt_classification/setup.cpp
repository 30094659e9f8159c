// Sets up prompt classification: a language model and the label words.
#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "tasks/example_setup.hpp"
#include "tasks/prompt_classification/prompt_batches.hpp"
#include "tasks/prompt_classification/task.hpp"

namespace trainbus::tasks {
namespace {

class PromptSetup final : public ExampleTaskSetup {
 public:
  using ExampleTaskSetup::ExampleTaskSetup;

  TaskModel load_model() override {
    log::info("loading the model " + inputs_.model.string());
    LoadedModel loaded = load_language_model(inputs_.model, inputs_.format);
    return {std::move(loaded.model), std::move(loaded.tokenizer)};
  }
  bool can_predict() const override {
    if (options().text("template").empty() || options().text("labels").empty())
      throw UsageError("the model folder has no trainbus.json with a template and labels",
                       inputs_.model.string(),
                       "Give --task.template and --task.labels, or a run folder.");
    return ExampleTaskSetup::can_predict();
  }

 protected:
  PromptClassificationOptions data_options() const override {
    return prompt_classification_options(options());
  }
  std::vector<Label> named_labels() const override {
    return parse_labels(options().text("labels"), place_of(options(), "labels"));
  }
  std::unique_ptr<ExampleTask> make(const Dataset& dataset, const TaskModel& model,
                                    const TextEncoder& encode,
                                    const ExampleTaskOptions& options) const override {
    const Tokenizer& tokenizer = *model.tokenizer;
    PromptEncoding encoding{.words = [&](std::string_view text) { return tokenizer.encode(text); },
                            .prompts = encode};
    if (reads_whole_texts(model)) {
      encoding.mask = tokenizer.mask();
      if (!encoding.mask)
        throw UsageError("the tokenizer names no mask_token, which a masked language model needs",
                         inputs_.model.string(), "Name it in tokenizer_config.json.");
      encoding.mask_text = tokenizer.spec().token(*encoding.mask);
    }
    return std::make_unique<PromptTask>(dataset, encoding, options);
  }
};

}  // namespace

std::unique_ptr<TaskSetup> PromptClassification::setup(TaskInputs inputs) {
  return std::make_unique<PromptSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
