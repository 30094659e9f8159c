// The training loop: decides what happens after what, and publishes it.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/bus/bus.hpp"
#include "core/bus/control.hpp"
#include "core/export.hpp"
#include "core/journal/writer.hpp"
#include "engine/communicator.hpp"
#include "engine/evaluation/evaluation.hpp"
#include "engine/evaluation/loss_trend.hpp"
#include "engine/losses_ahead.hpp"
#include "engine/objective.hpp"
#include "engine/optimizer.hpp"
#include "engine/publisher.hpp"
#include "engine/replay/replay_source.hpp"
#include "engine/schedule.hpp"
#include "engine/step.hpp"
#include "engine/step_device.hpp"
#include "engine/stepper.hpp"
#include "engine/task.hpp"
#include "engine/windows.hpp"

namespace trainbus {

struct TrainerOptions {
  std::uint64_t max_steps = 0;      // optimizer steps in all; at least 1
  std::uint64_t micro_batches = 1;  // per step; the last window of an epoch may be shorter
  // Steps between evaluations of the validation split; 0: never. If not 0, the last step of a run
  // that completes or is stopped is evaluated too, but not that of an interrupted run, since it
  // will be resumed.
  std::uint64_t eval_every = 0;
  std::uint64_t save_every = 0;       // steps; 0: never
  std::uint64_t histogram_every = 0;  // steps between histograms of the parameters; 0: never
  bool test = false;  // evaluate the test split before the first and after the last step
  std::uint64_t hash_every = 1000;  // steps between hashes of the parameters in the journal
  bool overlap = false;             // see LossesAhead; the optimizer has to plan its losses
  // Of zeroth-order steps; null: the loss.
  std::shared_ptr<const Objective> objective;
  // What to do when a loss is not finite; the update is skipped in any case.
  enum class NonFinite { Skip, Stop, Raise } on_nonfinite = NonFinite::Skip;
  std::uint64_t seed = 0;
  std::string run_json;  // text of on_train_begin
};

// Callbacks and services that the loop uses; each may be empty. All on the training thread.
struct TrainerHooks {
  // Polled between steps and between batches of an evaluation. A non-empty answer, e.g. "SIGINT",
  // ends the run in order.
  std::function<std::string()> interrupted;
  // Called when a save is due: writes a checkpoint and returns its path, or none if that failed;
  // then the run goes on, and this is called again when the next save is due.
  std::function<std::optional<std::filesystem::path>(std::uint64_t step)> save;
  // Polled after each step: whether a checkpoint is wanted now.
  std::function<bool()> save_wanted;
  // Collects the requests of control observers; null: there are none.
  ControlDesk* control = nullptr;
  // Gets each validation result after on_evaluate. replayed: it comes from an earlier attempt, and
  // the parameters are no longer those that were evaluated.
  std::function<void(const Evaluation&, std::uint64_t step, bool replayed)> evaluated;
  // The journal: each step is written to it before anything that outlives the process shows the
  // step as done. null: no journal is kept.
  journal::Writer* journal = nullptr;
  // Takes the steps and evaluates; null: both is done on the CPU. The model's parameters are
  // updated only by StepDevice::fetch. When observers see a step, the device may have begun up to
  // depth() − 1 more: requests take effect after those. The device is waited for at steps with an
  // evaluation, a save, a hash or histograms.
  StepDevice* device = nullptr;
  // The processes that train together; null: this one alone.
  Communicator* communicator = nullptr;
  // Called during replay: how many steps of earlier attempts are replayed so far.
  std::function<void(std::uint64_t done, std::uint64_t total)> catching_up;
};

struct TrainResult {
  enum class End { Completed, Stopped, Interrupted } end = End::Completed;
  std::string reason;       // "completed", "stopped: AUTHOR: WHY", "interrupted: SIGINT"
  std::string author, why;  // of the stop
  // Interrupted since a worker was lost, and the run can go on from its journal at once.
  bool begins_anew = false;
  std::uint64_t steps = 0;     // done in all, earlier attempts included
  std::uint64_t forwards = 0;  // by this attempt
  std::uint64_t skipped = 0;   // steps whose update was not applied
  double seconds = 0;          // time in steps, without evaluation and saving
  std::optional<Evaluation> test_before, test_after;
  std::optional<Evaluation> first_validation, last_validation;
  LossTrend loss;
  std::string objective = "loss";  // what was trained on, as --objective names it

  // Whether steps were taken and none of them changed the parameters.
  bool nothing_was_learned() const { return steps > 0 && skipped == steps; }
};

TRAINBUS_EXPORT const char* end_name(TrainResult::End end);  // completed | stopped | interrupted

// A resumed run first replays the steps of earlier attempts from its journal, without a forward
// pass: the same events are published in the phase CatchUp, so that observers restore their state,
// and parameters and optimizer are updated as they were, to the bit. Evaluations and saves in the
// journal are published, not repeated.
//
// Runs on one thread. An exception from the model, the task or the optimizer is published
// (on_exception), ends the run in order (on_train_end with "failed: …"), and is thrown on.
class TRAINBUS_EXPORT Trainer {
 public:
  // All references must outlive the trainer. Throws UsageError if the optimizer cannot train
  // parameters like these, if none of them is trainable, or if the task has no training batch.
  Trainer(Model& model, const Task& task, Optimizer& optimizer, Schedule schedule, Bus& bus,
          TrainerOptions options, TrainerHooks hooks = {}, ReplaySource replay_source = {});

  TrainResult run();
  // The result of run(), also if that threw.
  const TrainResult& result() const { return result_; }
  // Evaluates a split at θ and publishes the events: eval/… for validation, test/… for test.
  Evaluation evaluate_now(Split split);

 private:
  // The order of the run: trainer.cpp.
  void begin();
  void loop();
  void loop_or_give_up();
  void enter_epoch(std::uint64_t epoch);
  void leave_epoch();
  void advance_replay();
  void end_attempt(const std::string& kind, const std::string& reason);
  bool interrupted();
  bool ended() const { return result_.end != TrainResult::End::Completed; }
  bool stopped() const { return result_.end == TrainResult::End::Stopped; }
  // Whether there are still steps of earlier attempts to replay.
  bool is_behind() const { return result_.steps < replay_source_.last_step(); }
  bool testing() const;
  bool validating() const;
  void publish_as_of(std::int64_t unix_ns) { publisher_.position().happened_unix_ns = unix_ns; }
  void publish_as_now() { publisher_.position().happened_unix_ns.reset(); }

  // One step: trainer_step.cpp.
  void step();
  void abandon(const std::string& why, bool begins_anew = false);
  Stepper& stepper();
  StepInputs inputs(double lr);
  const Objective& objective() const {
    return options_.objective ? *options_.objective : loss_objective();
  }
  void keep(const StepOutcome& outcome, double lr);
  void finish_step(const StepOutcome& outcome, double lr);
  void publish_step(const StepOutcome& outcome, double lr);
  void on_nonfinite();
  DevicePlan device_plan();
  std::uint64_t next_stop(std::uint64_t step) const;
  std::uint64_t pending_steps() const {
    return device_stepper_ ? device_stepper_->pending_steps() : 0;
  }
  void copy_to_host();

  // Between steps: trainer_between_steps.cpp.
  void after_step();
  bool evaluation_is_due() const;
  // What to do after a step.
  struct Decision {
    bool interrupt = false;  // end in order, to be resumed
    bool evaluate = false, save = false;
    bool stop = false;  // end in order, for good
    bool any() const { return interrupt || evaluate || save || stop; }
  };
  Decision decide(Decision due, bool may_interrupt);
  void apply_requests(Decision due, bool may_interrupt);
  void check_hash();
  void keep_hash();
  void publish_histograms();
  void save();
  void stop(std::string author, std::string why);

  // Evaluations: trainer_evaluation.cpp.
  void validate();
  std::optional<Evaluation> evaluation_of(Split split);
  Evaluation replay_evaluation(const journal::Evaluation& done, Split split);
  void publish_evaluation(const Evaluation& evaluation, Split split);

  Model& model_;
  const Task& task_;
  Optimizer& optimizer_;
  Schedule schedule_;
  TrainerOptions options_;
  TrainerHooks hooks_;
  ReplaySource replay_source_;
  Publisher publisher_;
  StepMemory memory_;
  ParameterReplay replay_;
  Windows windows_;
  OneProcess alone_;
  LossesAhead ahead_;
  LocalStepper local_stepper_;
  ReplayStepper replay_stepper_;
  std::optional<DeviceStepper> device_stepper_;
  journal::Step record_;  // of the current step
  TrainResult result_;
  bool in_epoch_ = false;
  bool draining_ = false;  // no step is begun until the device has no pending one
  bool save_is_wanted_ = false;
  std::optional<ControlRequest> stop_request_;
  std::uint64_t hashed_step_ = 0;            // the last step with a hash in the journal
  std::optional<std::uint64_t> saved_step_;  // the last step with a checkpoint
};

}  // namespace trainbus
