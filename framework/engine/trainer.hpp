// The training loop: publishes every event, owns nothing but the order of things.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/bus/bus.hpp"
#include "core/bus/control.hpp"
#include "core/export.hpp"
#include "core/journal/writer.hpp"
#include "engine/evaluation.hpp"
#include "engine/optimizer.hpp"
#include "engine/past.hpp"
#include "engine/publisher.hpp"
#include "engine/schedule.hpp"
#include "engine/step.hpp"
#include "engine/step_device.hpp"
#include "engine/task.hpp"

namespace trainbus {

struct TrainerOptions {
  std::uint64_t max_steps = 0;        // optimizer steps in all; at least 1
  std::uint64_t micro_batches = 1;    // per step; the last window of an epoch may be shorter
  std::uint64_t eval_every = 0;       // steps; 0: never
  std::uint64_t save_every = 0;       // steps; 0: never
  std::uint64_t histogram_every = 0;  // steps between histograms of the parameters; 0: never
  bool test = false;  // evaluate the test split before the first and after the last step
  std::uint64_t hash_every = 1000;  // steps between hashes of the parameters in the journal
  // What becomes of the run when a loss is not finite; the update is skipped in any case.
  enum class NonFinite { Skip, Stop, Raise } on_nonfinite = NonFinite::Skip;
  std::uint64_t seed = 0;
  std::string run_json;  // text of on_train_begin
};

// What the loop asks of its surroundings; each may be empty. All on the training thread.
struct TrainerHooks {
  // Polled between forwards and batches. A non-empty answer, e.g. "SIGINT", ends the run in order.
  std::function<std::string()> interrupted;
  // Writes a checkpoint and returns its path, or none if that was not possible now: then the run
  // goes on and it is asked again when the next one is due. Called when a save is due.
  std::function<std::optional<std::filesystem::path>(std::uint64_t step)> save;
  // Polled when a step is done: whether a checkpoint is wanted now.
  std::function<bool()> save_wanted;
  // What control observers ask for is handed in here; null: nobody may ask.
  ControlDesk* control = nullptr;
  // A validation result, after on_evaluate. again: one of an earlier attempt, of another θ than
  // now.
  std::function<void(const Evaluation&, std::uint64_t step, bool again)> evaluated;
  // Gets every step before anything that outlives the process shows it as done; null: none is kept.
  journal::Writer* journal = nullptr;
  // Takes the steps and evaluates, while the model's parameters stay as they were until
  // StepDevice::fetch; null: it is all done here. Observers see a step when the device has long
  // begun with the next ones, depth() − 1 at the most: what they ask for takes effect after those.
  // Steps that are due an evaluation, a save, a hash or histograms are waited for.
  StepDevice* device = nullptr;
  // Steps of earlier attempts that were done again so far, now and then.
  std::function<void(std::uint64_t done, std::uint64_t total)> catching_up;
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

TRAINBUS_EXPORT const char* end_name(TrainResult::End end);  // completed | stopped | interrupted

// A run that goes on after an earlier attempt does that one's steps again from its past, without a
// forward pass: the same events are published, in the phase CatchUp, so that observers that were
// behind or keep state in memory come to stand where they stood, and parameters and optimizer move
// as they did, to the bit. Evaluations and saves that the past has are published, not repeated.
//
// Runs on one thread. An exception from the model or the optimizer is published (on_exception),
// ends the run in order (on_train_end with "failed: …"), and is thrown on.
class TRAINBUS_EXPORT Trainer {
 public:
  // All references must outlive the trainer.
  Trainer(Model& model, const Task& task, Optimizer& optimizer, Schedule schedule, Bus& bus,
          TrainerOptions options, TrainerHooks hooks = {}, Past past = {});

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
  StepInputs inputs(double lr, std::span<const Batch> window);
  void step_now();
  void step_on_device();
  void run_ahead();
  std::uint64_t next_stop() const;
  std::uint64_t under_way() const { return begun_ - std::min(begun_, result_.steps); }
  void bring_home();
  void loop_or_give_up();
  void step_again(const journal::Step& done);
  void finish_step(const StepContext& context, double lr, std::int64_t step_ns);
  void publish_step(const StepOutcome& outcome, double lr, std::int64_t step_ns);
  void heed_nonfinite();
  void after_step();
  void reach_past();
  void check_hash();
  void keep_hash();
  void publish_histograms();
  void obey(bool evaluated, bool saved);
  std::optional<Evaluation> evaluation_of(Split split);
  Evaluation evaluate_again(const journal::Evaluation& done, Split split);
  void publish_evaluation(const Evaluation& evaluation, Split split);
  void validate();
  void save();
  void stop(std::string author, std::string why);
  void end_attempt(const std::string& kind, const std::string& reason);
  std::vector<Batch> window(std::uint64_t step) const;
  std::uint64_t windows_per_epoch() const;
  bool interrupted();
  bool ended() const { return result_.end != TrainResult::End::Completed; }
  // Whether θ is not yet what earlier attempts came to.
  bool is_behind() const { return result_.steps < past_.last_step(); }
  bool testing() const;
  bool validating() const;

  Model& model_;
  const Task& task_;
  Optimizer& optimizer_;
  Schedule schedule_;
  TrainerOptions options_;
  TrainerHooks hooks_;
  Past past_;
  Publisher publisher_;
  StepMemory memory_;
  ParameterReplay replay_;
  journal::Step record_;  // of the step that is on
  TrainResult result_;
  bool in_epoch_ = false;
  std::uint64_t begun_ = 0;           // steps that the device has been handed
  bool draining_ = false;             // it is to be handed no more until it has none
  std::int64_t device_since_ns_ = 0;  // when it turned to the step that it is at
  bool asked_to_save_ = false;
  std::uint64_t hashed_step_ = 0;            // the last one whose hash was kept
  std::optional<std::uint64_t> saved_step_;  // that has a checkpoint
};

}  // namespace trainbus
