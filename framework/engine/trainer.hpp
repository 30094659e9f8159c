// The training loop: publishes every event, owns nothing but the order of things.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/bus.hpp"
#include "core/control.hpp"
#include "core/export.hpp"
#include "engine/evaluation.hpp"
#include "engine/optimizer.hpp"
#include "engine/publisher.hpp"
#include "engine/schedule.hpp"
#include "engine/step.hpp"
#include "engine/task.hpp"

namespace trainbus {

struct TrainerOptions {
  std::uint64_t max_steps = 0;        // optimizer steps in all; at least 1
  std::uint64_t initial_step = 0;     // steps done by earlier attempts
  std::uint64_t micro_batches = 1;    // per step; the last window of an epoch may be shorter
  std::uint64_t eval_every = 0;       // steps; 0: never
  std::uint64_t save_every = 0;       // steps; 0: never
  std::uint64_t histogram_every = 0;  // steps between histograms of the parameters; 0: never
  bool test = false;  // evaluate the test split before the first and after the last step
  std::uint64_t seed = 0;
  std::uint32_t attempt = 1;
  std::string run_json;  // text of on_train_begin
};

// What the loop asks of its surroundings; each may be empty. All on the training thread.
struct TrainerHooks {
  // Polled between forwards and batches. A non-empty answer, e.g. "SIGINT", ends the run in order.
  std::function<std::string()> interrupted;
  // Writes the model somewhere and returns the path; called when a save is due.
  std::function<std::filesystem::path(std::uint64_t step)> save;
  // What control observers ask for is handed in here; null: nobody may ask.
  ControlDesk* control = nullptr;
  // A validation result, after on_evaluate.
  std::function<void(const Evaluation&, std::uint64_t step)> evaluated;
};

struct TrainResult {
  enum class End { Completed, Stopped, Interrupted } end = End::Completed;
  std::string reason;          // "completed", "stopped: AUTHOR: WHY", "interrupted: SIGINT"
  std::string author, why;     // of the stop
  std::uint64_t steps = 0;     // done in all, earlier attempts included
  std::uint64_t forwards = 0;  // by this attempt
  std::uint64_t skipped = 0;   // steps whose update was not applied
  double seconds = 0;          // in steps, without evaluation and saving
  std::optional<Evaluation> test_before, test_after;
};

// Runs on one thread. An exception from the model or the optimizer is published (on_exception),
// ends the run in order (on_train_end with "failed: …"), and is thrown on.
class TRAINBUS_EXPORT Trainer {
 public:
  // All references must outlive the trainer.
  Trainer(Model& model, const Task& task, Optimizer& optimizer, Schedule schedule, Bus& bus,
          TrainerOptions options, TrainerHooks hooks = {});

  TrainResult run();
  // How far it came: after run(), also if that threw.
  const TrainResult& result() const { return result_; }
  // One evaluation of a split at θ, with its events: eval/… for validation, test/… for test.
  Evaluation evaluate_now(Split split);

 private:
  void begin();
  void loop();
  void enter_epoch(std::uint64_t epoch);
  void leave_epoch();
  void step();
  void publish_step(const StepOutcome& outcome, double lr, std::int64_t step_ns);
  void after_step();
  void publish_histograms();
  void obey(bool evaluated, bool saved);
  void validate();
  void save();
  std::vector<Batch> window(std::uint64_t step) const;
  std::uint64_t windows_per_epoch() const;
  bool interrupted();
  bool ended() const { return result_.end != TrainResult::End::Completed; }
  bool testing() const;
  bool validating() const;

  Model& model_;
  const Task& task_;
  Optimizer& optimizer_;
  Schedule schedule_;
  TrainerOptions options_;
  TrainerHooks hooks_;
  Publisher publisher_;
  StepMemory memory_;
  TrainResult result_;
  bool in_epoch_ = false;
};

}  // namespace trainbus
