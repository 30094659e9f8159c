// The setup that tasks on texts with a scored end share: a decoder, and rows as its tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tasks/multiple_choice/choice_examples.hpp"
#include "tasks/prompt_classification/label_words.hpp"
#include "tasks/task_setup.hpp"

namespace trainbus {

class ContinuationSetup : public TaskSetup {
 public:
  using TaskSetup::TaskSetup;

  void load_data(bool for_training) override;
  std::string summary() const override { return summary_; }
  TaskModel load_model() override;

 protected:
  // The options that say how to read the data.
  virtual tasks::ChoiceOptions data_options() const = 0;
  // What is continued, for a model that cannot: "options are continuations", and what to do.
  struct Words {
    const char *what, *remedy;
  };
  virtual Words refusal_of_encoders() const = 0;

  const tasks::ChoiceDataset& dataset() const { return dataset_; }
  // The encoder of the beginning of a text. The model must outlive it.
  static tasks::TextEncoder encoder_of(const TaskModel& model);
  // The most tokens of a text, which the option max-tokens then says.
  std::int64_t settle_max_tokens(const TaskModel& model);
  // Says in the summary how many examples have a text that was cut, and where.
  void report_cut(std::size_t examples, const char* where = "on the left");

 private:
  tasks::ChoiceDataset dataset_;
  std::string summary_;
};

}  // namespace trainbus
