// Sets up multiple choice: a decoder, and the rows' options as its tokens.
#include "tasks/multiple_choice/choice_batches.hpp"
#include "tasks/multiple_choice/choice_setup.hpp"
#include "tasks/multiple_choice/task.hpp"

namespace trainbus::tasks {
namespace {

ChoiceScore score_named(const std::string& name) {
  return name == "mean"  ? ChoiceScore::Mean
         : name == "sum" ? ChoiceScore::Sum
                         : ChoiceScore::Calibrated;
}

class ChoiceSetup final : public ContinuationSetup {
 public:
  using ContinuationSetup::ContinuationSetup;

  std::unique_ptr<Task> make_task(const TaskModel& model) override {
    ChoiceTaskOptions task;
    task.score = score_named(options().text("score"));
    task.loss = options().text("loss") == "answer" ? ChoiceLoss::Answer : ChoiceLoss::Choices;
    task.batch_size = inputs_.batch_size;
    task.evaluation_limit = inputs_.evaluation_limit;
    task.max_tokens = settle_max_tokens(model);
    task.seed = inputs_.seed;
    auto made = std::make_unique<ChoiceTask>(dataset(), encoder_of(model), task);
    report_cut(made->cut());
    return made;
  }

 protected:
  ChoiceOptions data_options() const override { return choice_options(options()); }
  Words refusal_of_encoders() const override {
    return {"options are continuations", "Take a decoder, or --task prompt-classification."};
  }
};

}  // namespace

std::unique_ptr<TaskSetup> MultipleChoice::setup(TaskInputs inputs) {
  return std::make_unique<ChoiceSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
