// Sets up the task of a run: options, data and model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "engine/task.hpp"
#include "generation/answers.hpp"
#include "kernels/storage.hpp"
#include "models/model.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

// A task's inputs from the run.
struct TaskInputs {
  std::filesystem::path model;                        // a folder or a file; empty: none was given
  OptionValues options;                               // of the task
  kernels::Format format = kernels::Format::Float32;  // of the model's matrices
  std::uint64_t seed = 0;
  std::int64_t batch_size = 16;       // examples per micro-batch
  std::int64_t evaluation_limit = 0;  // examples per evaluation, of train and validation; 0: all
  // Judges generated answers beside the task's own metrics; null: nobody does.
  std::shared_ptr<const AnswerMetric> reward = {};
};

// The model of a task.
struct TaskModel {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;  // null for a model that reads no text
};

// A text to predict for.
struct Question {
  std::string_view text;  // UTF-8, prepared as prepare_text does it; not empty
  // Its source, for messages; file null: the command line.
  std::shared_ptr<const std::string> file = {};
  std::uint64_t line = 1;
};

// Predicts with a trained model, which must outlive it. One thread.
class TRAINBUS_EXPORT Predictor {
 public:
  virtual ~Predictor();
  // One line per question, in order, without a line end. Throws RunError if the model's scores are
  // not finite.
  virtual std::vector<std::string> answer(std::span<const Question> questions) = 0;
};

// One per run, used on one thread. Call load_data() (or not: then the task has no examples), then
// load_model(), then make_task() or make_predictor(). All throw UsageError naming the file or the
// option.
class TRAINBUS_EXPORT TaskSetup {
 public:
  explicit TaskSetup(TaskInputs inputs) : inputs_(std::move(inputs)) {}
  virtual ~TaskSetup();

  // The options in effect: a setup may complete them from the model.
  const OptionValues& options() const { return inputs_.options; }
  // The default number of compute threads for this task; 0: one per core.
  virtual std::int64_t threads() const { return 0; }

  // for_training: refuses data from which nothing can be learnt.
  virtual void load_data(bool for_training) = 0;
  // A summary of what was read, dropped and cut, after make_task(), for users; each line ends with
  // '\n'.
  virtual std::string summary() const { return {}; }
  // Logs its progress.
  virtual TaskModel load_model() = 0;
  virtual std::unique_ptr<Task> make_task(const TaskModel& model) = 0;
  // Whether the task supports prediction for texts. Throws UsageError if it does and the options
  // lack what prediction needs.
  virtual bool can_predict() const { return false; }
  // Null if it does not.
  virtual std::unique_ptr<Predictor> make_predictor(const TaskModel& model);

 protected:
  TaskInputs inputs_;
};

// task: a name from task_kinds(). Throws UsageError for others.
TRAINBUS_EXPORT std::unique_ptr<TaskSetup> set_up_task(std::string_view task, TaskInputs inputs);

}  // namespace trainbus
