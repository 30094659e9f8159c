// The trainer between steps: checkpoints, hashes, histograms, and the requests of observers.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "engine/fingerprint.hpp"
#include "engine/histograms.hpp"
#include "engine/metric_names.hpp"
#include "engine/trainer.hpp"

namespace trainbus {
namespace {

bool is_multiple(std::uint64_t step, std::uint64_t every) { return every > 0 && step % every == 0; }

}  // namespace

void Trainer::after_step() {
  save_is_wanted_ = save_is_wanted_ || (!is_behind() && hooks_.save_wanted && hooks_.save_wanted());
  if (pending_steps() > 0) {  // the parameters are already those of a later step
    draining_ = save_is_wanted_ || (hooks_.control && hooks_.control->pending());
    return;
  }
  draining_ = false;
  if (is_multiple(result_.steps, options_.hash_every)) keep_hash();
  if (is_multiple(result_.steps, options_.histogram_every)) publish_histograms();
  apply_requests({.evaluate = evaluation_is_due(),
                  .save = std::exchange(save_is_wanted_, false) ||
                          is_multiple(result_.steps, options_.save_every)},
                 result_.steps < options_.max_steps);
}

// Evaluations of earlier attempts are due too, whatever their reason, so that observers and the
// choice of the best model see them once more.
bool Trainer::evaluation_is_due() const {
  if (is_multiple(result_.steps, options_.eval_every) ||
      replay_source_.evaluation(result_.steps, Split::Validation))
    return true;
  const bool is_last = result_.steps == options_.max_steps || stopped();
  return is_last && validating() && !replay_source_.ended_after(result_.steps);
}

// What is due, and what was requested.
Trainer::Decision Trainer::decide(Decision due, bool may_interrupt) {
  if (hooks_.control && hooks_.control->pending()) {
    ControlDesk::Orders orders = hooks_.control->take();
    due.evaluate |= orders.evaluate;
    due.save |= orders.save;
    due.stop = orders.stop.has_value();
    stop_request_ = std::move(orders.stop);
  }
  due.interrupt = may_interrupt && !ended() && interrupted();
  return due;
}

// Applies what is due and what control observers requested, including requests made meanwhile: at
// most one evaluation and one save a step, then the stop. Requests of replayed steps were applied
// by the attempt that took the steps, except for those of the last step: the attempt may have ended
// before.
void Trainer::apply_requests(Decision due, bool may_interrupt) {
  bool evaluated = false, saved = false;
  for (Decision now = decide(due, may_interrupt); now.any(); now = decide({}, false)) {
    const bool is_interrupted = result_.end == TrainResult::End::Interrupted;
    if (now.evaluate && !is_interrupted && !std::exchange(evaluated, true)) validate();
    if (now.save && !std::exchange(saved, true)) save();
    if (!now.stop || ended() || is_behind()) continue;
    stop(std::move(stop_request_->author), std::move(stop_request_->reason));
    if (result_.steps > 0 && evaluation_is_due() && !std::exchange(evaluated, true)) validate();
  }
}

void Trainer::save() {
  if (const journal::Save* done = replay_source_.save(result_.steps)) {
    publish_as_of(done->unix_ns);
    publisher_.publish(EventKind::Save, {}, done->path);
    if (!is_behind()) publish_as_now();
    return;
  }
  if (!hooks_.save || is_behind() || saved_step_ == result_.steps) return;
  copy_to_host();
  const std::int64_t begin_ns = publisher_.run_ns();
  if (hooks_.journal) hooks_.journal->flush();  // a checkpoint is never ahead of the journal
  const std::optional<std::filesystem::path> path = hooks_.save(result_.steps);
  if (!path) return;
  saved_step_ = result_.steps;
  if (hooks_.journal)
    hooks_.journal->append(journal::Save{result_.steps, Publisher::unix_ns(), path->string()});
  const double seconds = static_cast<double>(publisher_.run_ns() - begin_ns) * 1e-9;
  publisher_.publish(EventKind::Save, {{metric::seconds, seconds}}, path->string());
}

// Throws RunError if the replayed steps did not give the recorded bits.
void Trainer::check_hash() {
  const journal::Hash* hash = replay_source_.hash(result_.steps);
  if (!hash || result_.steps <= replay_source_.parameters_step) return;
  replay_.flush();
  if (trainable_fingerprint(model_.parameters()) == hash->sha256) return;
  throw RunError("the parameters at step " + std::to_string(result_.steps) +
                     " differ from those that the journal recorded",
                 "journal",
                 "Is the model that the run started from still the same? Resume with the version "
                 "of trainbus that made the run.");
}

void Trainer::keep_hash() {
  if (!hooks_.journal || is_behind() || result_.steps == 0 || replay_source_.hash(result_.steps))
    return;
  if (result_.steps == hashed_step_) return;
  copy_to_host();
  hashed_step_ = result_.steps;
  hooks_.journal->append(journal::Hash{result_.steps, trainable_fingerprint(model_.parameters())});
}

void Trainer::stop(std::string author, std::string why) {
  result_.end = TrainResult::End::Stopped;
  result_.author = std::move(author);
  result_.why = std::move(why);
  result_.reason = "stopped: " + result_.author + ": " + result_.why;
}

// Publishes a histogram of each trainable parameter.
void Trainer::publish_histograms() {
  if (is_behind() || !publisher_.wanted(EventKind::Histogram)) return;
  copy_to_host();
  // At the last replayed step the earlier attempt may have published them already.
  if (const journal::Step* done = replay_source_.step(result_.steps)) publish_as_of(done->unix_ns);
  for (const Parameter& parameter : model_.parameters()) {
    if (!parameter.trainable) continue;
    const auto histogram = std::make_shared<Histogram>(histogram_of(parameter));
    const double mean = histogram->count > 0 ? histogram->sum / histogram->count : 0;
    const double variance =
        histogram->count > 0 ? histogram->sum_squares / histogram->count - mean * mean : 0;
    Event& event = publisher_.begin(EventKind::Histogram);
    event.text = parameter.name;
    event.set(metric::count, histogram->count);
    event.set(metric::min, histogram->min);
    event.set(metric::max, histogram->max);
    event.set(metric::mean, mean);
    event.set(metric::std, std::sqrt(std::max(variance, 0.0)));
    event.set(metric::nonfinite, histogram->nonfinite);
    event.histogram = histogram;
    publisher_.publish();
  }
  publish_as_now();
}

}  // namespace trainbus
