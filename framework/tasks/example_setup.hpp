// What setting up a task on labelled texts has in common, whatever model answers: data, labels, the
// length of texts, and asking about new ones.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/model_files.hpp"
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
  // How the options say that the data are read.
  virtual tasks::PromptClassificationOptions data_options() const = 0;
  // The labels that the options name, without data. Throws UsageError if they name none.
  virtual std::vector<tasks::Label> named_labels() const = 0;
  // dataset: with its labels; its examples may be none.
  virtual std::unique_ptr<ExampleTask> make(const tasks::Dataset& dataset, const TaskModel& model,
                                            const tasks::TextEncoder& encode,
                                            const ExampleTaskOptions& options) const = 0;

  // Those of the data, or without data those that the options name.
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

// Whether a text stands in the middle of what the model reads, as in a masked encoder, or is to be
// continued.
bool reads_whole_texts(const TaskModel& model);

}  // namespace trainbus
