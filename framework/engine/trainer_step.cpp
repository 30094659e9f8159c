// One step of the loop: which stepper takes it, what is recorded, and what is published.
#include <algorithm>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "engine/metric_names.hpp"
#include "engine/trainer.hpp"

namespace trainbus {
namespace {

// Empties the record for the next step; its memory is reused.
void clear(journal::Step& record) {
  record.tokens.clear();
  record.losses.clear();
  record.means.clear();
  record.coefficients.clear();
  record.decay = 0;
  record.norm.reset();
}

}  // namespace

Stepper& Trainer::stepper() {
  if (replay_source_.step(result_.steps + 1)) return replay_stepper_;
  if (device_stepper_) return *device_stepper_;
  return local_stepper_;
}

// The parameters are those of the last whole step.
void Trainer::abandon(const std::string& why, bool begins_anew) {
  if (ended() || interrupted()) return;
  result_.begins_anew = begins_anew;
  result_.end = TrainResult::End::Interrupted;
  result_.reason = "interrupted: " + why;
  result_.author = "ranks";
  result_.why = why;
}

void Trainer::step() {
  const journal::Step* replayed = replay_source_.step(result_.steps + 1);
  publisher_.position().step = result_.steps + 1;
  if (replayed)
    record_ = *replayed;
  else
    clear(record_);
  const double lr =
      replayed ? replayed->lr : schedule_.at(static_cast<std::int64_t>(result_.steps));
  publisher_.publish(EventKind::StepBegin, {{metric::lr, lr}});
  const StepOutcome outcome = stepper().step(inputs(lr));
  if (!replayed) keep(outcome, lr);
  finish_step(outcome, lr);
  if (!replayed) return;
  check_hash();
  if (hooks_.catching_up) hooks_.catching_up(result_.steps, replay_source_.last_step());
}

// Inputs of the next step. The window is empty here: a stepper that computes the losses fills it
// in, one that takes them from the record sets `recorded`.
StepInputs Trainer::inputs(double lr) {
  return {.model = model_,
          .window = {},
          .lr = lr,
          .seed = options_.seed,
          .step = result_.steps,
          .forwards = result_.forwards,
          .memory = memory_,
          .publisher = publisher_,
          .record = record_,
          .communicator = hooks_.communicator,
          .give_up = [this] { return interrupted(); },
          .ahead = options_.overlap ? &ahead_ : nullptr,
          .objective = &objective()};
}

// Completes the step's record and writes it to the journal, before anything that outlives the
// process shows the step as done.
void Trainer::keep(const StepOutcome& outcome, double lr) {
  record_.step = result_.steps + 1;
  record_.epoch = static_cast<std::uint32_t>(publisher_.position().epoch);
  record_.lr = lr;
  record_.skipped = outcome.skipped;
  record_.unix_ns = Publisher::unix_ns();
  record_.duration_ns = static_cast<std::uint64_t>(outcome.duration_ns);
  if (hooks_.journal) hooks_.journal->append(record_);
}

void Trainer::finish_step(const StepOutcome& outcome, double lr) {
  ++result_.steps;
  result_.skipped += outcome.skipped;
  result_.seconds += static_cast<double>(outcome.duration_ns) * 1e-9;
  result_.loss.add(outcome.loss);
  publish_step(outcome, lr);
  if (outcome.skipped) on_nonfinite();
  if (result_.steps <= replay_source_.last_step()) advance_replay();
}

void Trainer::on_nonfinite() {
  if (is_behind()) return;  // handled by the attempt that took the step
  const std::string what = "a loss or gradient of step " + std::to_string(result_.steps) +
                           " is not finite; its update was skipped";
  if (options_.on_nonfinite == TrainerOptions::NonFinite::Raise)
    throw RunError(what, "--on-nonfinite raise",
                   "Lower the learning rate, or check the data. The run can go on past this step "
                   "with --on-nonfinite skip.");
  if (options_.on_nonfinite == TrainerOptions::NonFinite::Stop) stop("--on-nonfinite", what);
}

void Trainer::publish_step(const StepOutcome& outcome, double lr) {
  if (!publisher_.wanted(EventKind::Step)) return;
  Event& event = publisher_.begin(EventKind::Step);
  event.set(metric::loss, outcome.loss);
  event.set(metric::lr, lr);
  event.scalars.insert(event.scalars.end(), outcome.records.begin(), outcome.records.end());
  const auto tokens = static_cast<double>(outcome.tokens);
  // If the clock did not advance, the speed is unknown.
  event.set(metric::tokens_per_s, outcome.duration_ns > 0
                                      ? tokens / (static_cast<double>(outcome.duration_ns) * 1e-9)
                                      : 0);
  event.set(metric::forwards, static_cast<double>(result_.forwards));
  event.set(metric::skipped, outcome.skipped);
  event.set(metric::skipped_steps, static_cast<double>(result_.skipped));
  publisher_.publish();
}

DevicePlan Trainer::device_plan() {
  return {
      .lr = [this](std::uint64_t step) { return schedule_.at(static_cast<std::int64_t>(step)); },
      .limit = [this](std::uint64_t step) { return next_stop(step); },
      .holds_back = [this] { return draining_ || ended() || interrupted(); }};
}

// The next step after which the parameters are read, or the last one.
std::uint64_t Trainer::next_stop(std::uint64_t step) const {
  std::uint64_t stop = options_.max_steps;
  for (const std::uint64_t every :
       {options_.eval_every, options_.save_every, options_.hash_every, options_.histogram_every})
    if (every > 0) stop = std::min(stop, (step / every + 1) * every);
  return stop;
}

// Copies the parameters from the device to the host.
void Trainer::copy_to_host() {
  if (hooks_.device && !is_behind()) hooks_.device->fetch(model_.parameters());
}

}  // namespace trainbus
