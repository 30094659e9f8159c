// Sets up multiple choice: a decoder, and the rows' options as its tokens.
#include <algorithm>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/files/model_files.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/example_setup.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"
#include "tasks/multiple_choice/task.hpp"

namespace trainbus::tasks {
namespace {

ChoiceScore score_named(const std::string& name) {
  return name == "mean"  ? ChoiceScore::Mean
         : name == "sum" ? ChoiceScore::Sum
                         : ChoiceScore::Calibrated;
}

class ChoiceSetup final : public TaskSetup {
 public:
  using TaskSetup::TaskSetup;

  void load_data(bool) override {
    dataset_ = load_choices(choice_options(options()));
    summary_ = tasks::summary(dataset_);
  }
  std::string summary() const override { return summary_; }

  TaskModel load_model() override {
    log::info("loading the model " + inputs_.model.string());
    LoadedModel loaded = load_language_model(inputs_.model, inputs_.format);
    TaskModel model{std::move(loaded.model), std::move(loaded.tokenizer)};
    if (reads_whole_texts(model))
      throw UsageError("the model predicts masked words, and options are continuations",
                       inputs_.model.string(), "Take a decoder, or --task prompt-classification.");
    return model;
  }

  std::unique_ptr<Task> make_task(const TaskModel& model) override {
    const std::int64_t positions = dynamic_cast<const PretrainedModel&>(*model.model).positions();
    ChoiceTaskOptions task;
    task.score = score_named(options().text("score"));
    task.loss = options().text("loss") == "answer" ? ChoiceLoss::Answer : ChoiceLoss::Choices;
    task.batch_size = inputs_.batch_size;
    task.evaluation_limit = inputs_.evaluation_limit;
    task.max_tokens = max_tokens_of(options(), positions);
    task.seed = inputs_.seed;
    const Tokenizer& tokenizer = *model.tokenizer;
    auto made = std::make_unique<ChoiceTask>(
        dataset_, [&](std::string_view text) { return tokenizer.encode_beginning(text); }, task);
    const std::string max_tokens = std::to_string(task.max_tokens);
    if (made->cut() > 0)
      summary_ += "texts of " + counted(made->cut(), "example") + " were cut to " + max_tokens +
                  " tokens, on the left\n";
    inputs_.options.set("max-tokens", max_tokens, "the model");
    return made;
  }

 private:
  ChoiceDataset dataset_;
  std::string summary_;
};

}  // namespace

std::unique_ptr<TaskSetup> MultipleChoice::setup(TaskInputs inputs) {
  return std::make_unique<ChoiceSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
