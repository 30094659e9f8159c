// How a run sets up its task: options, data and the model that the task needs.
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
#include "kernels/storage.hpp"
#include "models/model.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

// What a run gives to its task.
struct TaskInputs {
  std::filesystem::path model;                        // a folder or a file; empty: none was given
  OptionValues options;                               // of the task
  kernels::Format format = kernels::Format::Float32;  // what the model's matrices become
  std::uint64_t seed = 0;
  std::int64_t batch_size = 16;       // examples per micro-batch
  std::int64_t evaluation_limit = 0;  // examples per evaluation, of train and validation; 0: all
};

// The model of a task.
struct TaskModel {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;  // null for a model that reads no text
};

// A text that a trained model is asked about.
struct Question {
  std::string_view text;  // UTF-8, prepared as prepare_text does it; not empty
  // Where it comes from, for messages; file null: the command line.
  std::shared_ptr<const std::string> file = {};
  std::uint64_t line = 1;
};

// Asks a trained model. The model that it was made for outlives it. One thread.
class TRAINBUS_EXPORT Predictor {
 public:
  virtual ~Predictor();
  // One line a question, in their order, without a line end. Throws RunError if the model's numbers
  // give no answer.
  virtual std::vector<std::string> answer(std::span<const Question> questions) = 0;
};

// One for a run, used on one thread. The order of the calls: load_data() or none (then the task has
// no examples), load_model(), and at last make_task() or make_predictor(). All throw UsageError
// naming the file or the option.
class TRAINBUS_EXPORT TaskSetup {
 public:
  explicit TaskSetup(TaskInputs inputs) : inputs_(std::move(inputs)) {}
  virtual ~TaskSetup();

  // All that they come to: a setup may complete them from the model.
  const OptionValues& options() const { return inputs_.options; }
  // Threads for computing that suit the task if nobody asks for a number; 0: one a core.
  virtual std::int64_t threads() const { return 0; }

  // for_training: data from which nothing can be learnt are refused.
  virtual void load_data(bool for_training) = 0;
  // What was read, dropped and cut, once the task is made; lines for people, each ended by '\n'.
  virtual std::string summary() const { return {}; }
  // Says in the log what it is doing.
  virtual TaskModel load_model() = 0;
  virtual std::unique_ptr<Task> make_task(const TaskModel& model) = 0;
  // Whether the task is about texts that its model can be asked about. Throws UsageError if it is
  // and the options do not say how.
  virtual bool can_predict() const { return false; }
  // Null if not.
  virtual std::unique_ptr<Predictor> make_predictor(const TaskModel& model);

 protected:
  TaskInputs inputs_;
};

// task: a name of task_kinds(). Throws UsageError for another one.
TRAINBUS_EXPORT std::unique_ptr<TaskSetup> set_up_task(std::string_view task, TaskInputs inputs);

}  // namespace trainbus
