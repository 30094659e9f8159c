#include "engine/trainer.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "core/ranks/leader.hpp"
#include "core/ranks/worker.hpp"
#include "engine/declaration.hpp"
#include "engine/metric_names.hpp"

namespace trainbus {
namespace {

// The exception being handled, as one that tells a person what to do: LibTorch's messages contain a
// stack trace, and those about memory name no remedy.
std::exception_ptr reworded() try { throw; } catch (const std::exception& error) {
  std::string words = error.what();
  words.resize(std::min(words.find('\n'), words.size()));
  const bool memory = words.find("can't allocate memory") != std::string::npos ||
                      words.find("out of memory") != std::string::npos ||
                      dynamic_cast<const std::bad_alloc*>(&error);
  if (!memory) return std::current_exception();
  return std::make_exception_ptr(
      RunError("there is not enough memory for a step (" + words + ")", "memory",
               "The parameters are as the last step left them. Give a smaller --batch-size with "
               "more --micro-batches, or a smaller --task.max-tokens."));
} catch (...) {
  return std::make_exception_ptr(RunError("something was thrown that is no std::exception", "",
                                          "Mend the model, the task or the optimizer: throw a "
                                          "std::exception that says what is wrong."));
}

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

void require_trainable(const Parameters& parameters) {
  if (std::ranges::none_of(parameters, &Parameter::trainable))
    throw UsageError("the model has no parameter that is trainable", "model",
                     "Leave at least one of them trainable.");
}

}  // namespace

Trainer::Trainer(Model& model, const Task& task, Optimizer& optimizer, Schedule schedule, Bus& bus,
                 TrainerOptions options, TrainerHooks hooks, ReplaySource replay_source)
    : model_(model),
      task_(task),
      optimizer_(optimizer),
      schedule_(schedule),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      replay_source_(std::move(replay_source)),
      publisher_(bus),
      replay_(model.parameters(), [this] { return interrupted(); }),
      windows_(task, options_.micro_batches),
      ahead_(model, optimizer, windows_, hooks_.communicator ? *hooks_.communicator : alone_,
             memory_.scratch, options_.seed, options_.max_steps, objective()),
      local_stepper_(optimizer, windows_),
      replay_stepper_(optimizer, replay_source_, replay_) {
  require_trainable(model.parameters());
  optimizer.check(model.parameters());
  if (!hooks_.communicator) hooks_.communicator = &alone_;
  result_.objective = objective().name();
  if (!hooks_.device) model.parameters().leave_files();
  if (hooks_.device) device_stepper_.emplace(optimizer, *hooks_.device, windows_, device_plan());
}

const char* end_name(TrainResult::End end) {
  switch (end) {
    case TrainResult::End::Stopped:
      return "stopped";
    case TrainResult::End::Interrupted:
      return "interrupted";
    default:
      return "completed";
  }
}

TrainResult Trainer::run() {
  publisher_.start();
  publisher_.position() = {replay_source_.last_step(), 0, replay_source_.attempt(), {}};
  if (hooks_.control) hooks_.control->open();
  std::string reason, kind = "failed";
  std::exception_ptr failure;
  const auto fail = [&] {
    failure = reworded();
    const std::string words = words_of(failure);
    reason = "failed: " + words;
    kind = "failed";
    publisher_.publish(EventKind::Exception, {}, words);
  };
  try {
    begin();
    loop_or_give_up();
    if (result_.reason.empty()) result_.reason = "completed";
    // Steps that cannot be replayed from the journal have to be in a checkpoint.
    if (result_.end == TrainResult::End::Interrupted && !optimizer_.replays()) save();
    reason = result_.reason;
    kind = end_name(result_.end);
    keep_hash();
    copy_to_host();
  } catch (...) {
    fail();
  }
  leave_epoch();
  if (hooks_.control) hooks_.control->close();
  try {
    end_attempt(kind, reason);
  } catch (...) {
    if (!failure) fail();
  }
  publisher_.publish(EventKind::TrainEnd, {}, reason);
  if (failure) std::rethrow_exception(failure);
  return result_;
}

void Trainer::end_attempt(const std::string& kind, const std::string& reason) {
  if (!hooks_.journal) return;
  hooks_.journal->append(journal::End{result_.steps, Publisher::unix_ns(), kind, reason});
  hooks_.journal->flush();
}

void Trainer::begin() {
  declare_run(publisher_.begin(EventKind::TrainBegin), options_, task_, optimizer_,
              publisher_.bus(), replay_source_.last_step());
  publisher_.publish();
}

bool Trainer::testing() const { return evaluates_test(options_, task_); }

bool Trainer::validating() const { return evaluates_validation(options_, task_); }

void Trainer::loop() {
  const std::uint64_t per_epoch = windows_.per_epoch();
  advance_replay();
  publisher_.position().step = 0;
  if (testing()) result_.test_before = evaluation_of(Split::Test);
  apply_requests({}, false);
  if (result_.steps < options_.max_steps && !ended()) interrupted();
  while (pending_steps() > 0 || (result_.steps < options_.max_steps && !ended())) {
    const journal::Step* replayed = replay_source_.step(result_.steps + 1);
    if (replayed) {
      publisher_.position().attempt = replay_source_.attempt_of(replayed->step);
      publish_as_of(replayed->unix_ns);
    }
    if (!in_epoch_) enter_epoch(result_.steps / per_epoch);
    step();
    hooks_.communicator->parameters_changed();
    after_step();
    if (result_.steps % per_epoch == 0) leave_epoch();
  }
  leave_epoch();
  if (testing() && result_.end != TrainResult::End::Interrupted && !interrupted())
    result_.test_after = evaluation_of(Split::Test);
}

// An interrupt during replay can leave the parameters at a half-applied step, so the last complete
// one is reported.
void Trainer::loop_or_give_up() try { loop(); } catch (const ParameterReplay::GivenUp&) {
  result_.steps = std::min(result_.steps, replay_source_.last_step() - 1);
} catch (const ranks::StepAbandoned& abandoned) {
  abandon(abandoned.why, abandoned.can_begin_anew);
} catch (const ranks::RunIsOver& over) {
  abandon(over.end.reason);  // of a worker, whose owner asks how it ended
}

// At the step that the model's parameters belong to, restores the optimizer's state. After the last
// replayed step, applies the pending updates and leaves the replay.
void Trainer::advance_replay() {
  if (result_.steps == replay_source_.parameters_step && replay_source_.optimizer_state)
    optimizer_.restore(*replay_source_.optimizer_state, model_.parameters());
  if (is_behind()) return;
  replay_.flush();
  if (hooks_.device) hooks_.device->load(model_.parameters());
  publisher_.position().attempt = replay_source_.attempt();
  publish_as_now();
}

bool Trainer::interrupted() {
  if (result_.end == TrainResult::End::Interrupted) return true;
  std::string why = hooks_.interrupted ? hooks_.interrupted() : "";
  std::string author = "signal";
  if (why.empty()) {
    why = hooks_.communicator->must_end();
    author = "ranks";
  }
  if (why.empty()) return false;
  result_.end = TrainResult::End::Interrupted;
  result_.reason = "interrupted: " + why;
  result_.author = std::move(author);
  result_.why = std::move(why);
  return true;
}

void Trainer::enter_epoch(std::uint64_t epoch) {
  publisher_.position().epoch = epoch;
  in_epoch_ = true;
  publisher_.publish(EventKind::EpochBegin, {});
}

void Trainer::leave_epoch() {
  if (!in_epoch_) return;
  in_epoch_ = false;
  // Also after the last replayed step, for which an earlier attempt may have published this event.
  if (const journal::Step* replayed = replay_source_.step(result_.steps))
    publish_as_of(replayed->unix_ns);
  publisher_.publish(EventKind::EpochEnd, {});
  if (!is_behind()) publish_as_now();
}

}  // namespace trainbus
