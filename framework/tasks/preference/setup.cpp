// Sets up preferences: a decoder, and the rows' pairs of answers as its tokens.
#include "core/io/error.hpp"
#include "tasks/multiple_choice/choice_setup.hpp"
#include "tasks/preference/preference_options.hpp"
#include "tasks/preference/preference_task.hpp"
#include "tasks/preference/task.hpp"

namespace trainbus::tasks {
namespace {

class PreferenceSetup final : public ContinuationSetup {
 public:
  using ContinuationSetup::ContinuationSetup;

  void load_data(bool for_training) override {
    check_loss();
    ContinuationSetup::load_data(for_training);
  }

  TaskModel load_model() override {
    TaskModel model = ContinuationSetup::load_model();
    if (ends_with_token() && !model.tokenizer->eos())
      throw UsageError("the model's tokenizer has no end-of-text token", "--task.answer-end",
                       "Give --task.answer-end none.");
    return model;
  }

  std::unique_ptr<Task> make_task(const TaskModel& model) override {
    PreferenceTaskOptions task;
    task.scoring = scoring();
    task.has_references = loss() == "dpo" || loss() == "ipo";
    if (ends_with_token()) task.end = model.tokenizer->eos();
    task.batch_size = inputs_.batch_size;
    task.evaluation_limit = inputs_.evaluation_limit;
    task.max_tokens = settle_max_tokens(model);
    task.seed = inputs_.seed;
    auto made = std::make_unique<PreferenceTask>(dataset(), encoder_of(model), task);
    report_cut(made->cut(), "prompts on the left, then answers at their end");
    return made;
  }

 protected:
  ChoiceOptions data_options() const override { return pair_options(options()); }
  Words refusal_of_encoders() const override {
    return {"answers are continuations", "Take a decoder."};
  }

 private:
  const std::string& loss() const { return options().text("loss"); }
  bool ends_with_token() const { return options().text("answer-end") == "token"; }

  ChoiceScoring scoring() const {
    ChoiceScoring scoring{.sums = loss() == "dpo" || loss() == "reference-free",
                          .scale = options().real("beta")};
    if (loss() == "ipo") scoring.loss = ChoiceScoring::Loss::Squared;
    if (loss() == "simpo") scoring.margin = options().real("gamma");
    scoring.smoothing = options().real("label-smoothing");
    return scoring;
  }

  // Options that the loss does not have.
  void check_loss() const {
    if (loss() != "simpo" && options().real("gamma") != default_gamma)
      throw UsageError("is the margin of SimPO, and the loss is " + loss(), "--task.gamma",
                       "Leave it out, or give --task.loss simpo.");
    if (loss() == "ipo" && options().real("label-smoothing") > 0)
      throw UsageError("is not of IPO, whose loss is regularised by beta alone",
                       "--task.label-smoothing", "Leave it out, or give --task.loss dpo.");
  }
};

}  // namespace

std::unique_ptr<TaskSetup> Preference::setup(TaskInputs inputs) {
  return std::make_unique<PreferenceSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
