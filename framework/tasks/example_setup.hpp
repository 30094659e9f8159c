// The setup that all tasks on labelled texts share: data, labels, the length of texts, and
// prediction for new ones.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/files/model_files.hpp"
#include "tasks/example_task.hpp"
#include "tasks/task_setup.hpp"

namespace trainbus {

class ExampleTaskSetup : public TaskSetup {
 public:
  using TaskSetup::TaskSetup;

  void load_data(bool for_training) override;
  std::string summary() const override { return summary_; }
  std::unique_ptr<Task> make_task(const TaskModel& model) override;
  bool can_predict() const override;
  std::unique_ptr<Predictor> make_predictor(const TaskModel& model) override;

 protected:
  // The options that say how to read the data.
  virtual tasks::PromptClassificationOptions data_options() const = 0;
  // The labels that the options name, without data. Throws UsageError if they name none.
  virtual std::vector<tasks::Label> named_labels() const = 0;
  // dataset: has the labels; it may have no examples.
  virtual std::unique_ptr<ExampleTask> make(const tasks::Dataset& dataset, const TaskModel& model,
                                            const tasks::TextEncoder& encode,
                                            const ExampleTaskOptions& options) const = 0;

  // The labels of the data, or without data those of the options.
  std::vector<tasks::Label> labels() const;
  void set_option(const std::string& name, const std::string& value, const std::string& source) {
    inputs_.options.set(name, value, source);
  }

 private:
  tasks::PromptTemplate question_template() const;
  ExampleTaskOptions task_options(const TaskModel& model) const;

  std::optional<tasks::Dataset> dataset_;
  std::string summary_;
};

// The option max-tokens. Given, it must fit the model's positions; the default is limited to them.
// Throws UsageError.
std::int64_t max_tokens_of(const OptionValues& options, std::int64_t positions);

// Whether the model reads a whole text, as a masked encoder does, or continues its beginning.
bool reads_whole_texts(const TaskModel& model);

}  // namespace trainbus
