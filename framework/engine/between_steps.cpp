// What is done between steps: evaluations, checkpoints, hashes, histograms, and what observers ask
// for.
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

void Trainer::after_step() {
  asked_to_save_ = asked_to_save_ || (!is_behind() && hooks_.save_wanted && hooks_.save_wanted());
  if (under_way() > 0) {  // θ is that of a later step already
    draining_ = asked_to_save_ || (hooks_.control && hooks_.control->pending());
    return;
  }
  draining_ = false;
  const auto due = [&](std::uint64_t every) { return every > 0 && result_.steps % every == 0; };
  if (due(options_.hash_every)) keep_hash();
  if (due(options_.histogram_every)) publish_histograms();
  const bool evaluates = due(options_.eval_every);
  const bool saves = std::exchange(asked_to_save_, false) || due(options_.save_every);
  if (evaluates) validate();
  if (saves) save();
  obey(evaluates, saves);
}

// Carries out what control observers asked for, also while it was being carried out: an evaluation
// and a save at most once a step, then the stop. What was asked for at steps that are done again
// was obeyed then; the last of them may be the one that the attempt did not live to end.
void Trainer::obey(bool evaluated, bool saved) {
  while (hooks_.control && hooks_.control->pending()) {
    ControlDesk::Orders orders = hooks_.control->take();
    if (orders.evaluate && !std::exchange(evaluated, true)) validate();
    if (orders.save && !std::exchange(saved, true)) save();
    if (orders.stop && !ended() && !is_behind())
      stop(std::move(orders.stop->author), std::move(orders.stop->reason));
  }
}

void Trainer::validate() {
  if (task_.evaluation_batches(Split::Validation) == 0) return;
  const std::optional<Evaluation> evaluation = evaluation_of(Split::Validation);
  if (evaluation && hooks_.evaluated) hooks_.evaluated(*evaluation, result_.steps, is_behind());
}

// None if it was interrupted, or if it would be one of an earlier step that was not made then.
std::optional<Evaluation> Trainer::evaluation_of(Split split) {
  if (const journal::Evaluation* done = past_.evaluation(result_.steps, split))
    return evaluate_again(*done, split);
  if (is_behind()) return std::nullopt;
  Evaluation evaluation = evaluate_now(split);
  return interrupted() ? std::nullopt : std::optional(std::move(evaluation));
}

Evaluation Trainer::evaluate_again(const journal::Evaluation& done, Split split) {
  Evaluation evaluation;
  evaluation.loss = done.loss;
  evaluation.accuracy = done.accuracy;
  evaluation.examples = static_cast<std::int64_t>(done.examples);
  publisher_.position().happened_unix_ns = done.unix_ns;
  const auto batches = static_cast<double>(task_.evaluation_batches(split));
  publisher_.publish(EventKind::EvalBegin, {{metric::batches, batches}});
  publish_evaluation(evaluation, split);
  if (!is_behind()) publisher_.position().happened_unix_ns.reset();
  return evaluation;
}

Evaluation Trainer::evaluate_now(Split split) {
  const std::int64_t begin_ns = publisher_.run_ns();
  const auto total = static_cast<double>(task_.evaluation_batches(split));
  publisher_.publish(EventKind::EvalBegin, {{metric::batches, total}}, {}, Phase::Evaluation);
  // What was not evaluated to its end has no result.
  const auto end_without = [&](const char* why) {
    publisher_.publish(EventKind::Evaluate, {}, why, Phase::Evaluation);
  };
  const Scorer here = scorer_of(model_);
  const Scorer there = [this](const Batch& batch) { return hooks_.device->logits(batch); };
  Evaluation evaluation;
  try {
    evaluation =
        evaluate(hooks_.device ? there : here, task_, split, [&](std::int64_t done, std::int64_t) {
          publisher_.publish(EventKind::PredictionStep,
                             {{metric::batch, static_cast<double>(done)}, {metric::batches, total}},
                             {}, Phase::Evaluation);
          return !interrupted();
        });
  } catch (...) {
    end_without("failed");
    throw;
  }
  if (interrupted()) {
    end_without("interrupted");
    return evaluation;
  }
  if (hooks_.journal)
    hooks_.journal->append(journal::Evaluation{
        result_.steps, journal_split(split), evaluation.loss, evaluation.accuracy,
        static_cast<std::uint64_t>(evaluation.examples), Publisher::unix_ns(),
        static_cast<std::uint64_t>(publisher_.run_ns() - begin_ns)});
  publish_evaluation(evaluation, split);
  return evaluation;
}

void Trainer::publish_evaluation(const Evaluation& evaluation, Split split) {
  const bool test = split == Split::Test;
  publisher_.publish(EventKind::Evaluate,
                     {{test ? metric::test_loss : metric::eval_loss, evaluation.loss},
                      {test ? metric::test_accuracy : metric::eval_accuracy, evaluation.accuracy},
                      {test ? metric::test_examples : metric::eval_examples,
                       static_cast<double>(evaluation.examples)}},
                     {}, Phase::Evaluation);
}

void Trainer::save() {
  if (const journal::Save* done = past_.save(result_.steps)) {
    publisher_.position().happened_unix_ns = done->unix_ns;
    publisher_.publish(EventKind::Save, {}, done->path);
    if (!is_behind()) publisher_.position().happened_unix_ns.reset();
    return;
  }
  if (!hooks_.save || is_behind() || saved_step_ == result_.steps) return;
  bring_home();
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

// What was done again must have come to the same bits.
void Trainer::check_hash() {
  const journal::Hash* hash = past_.hash(result_.steps);
  if (!hash || result_.steps <= past_.parameters_step) return;
  replay_.flush();
  if (fingerprint(model_.parameters()) == hash->sha256) return;
  throw RunError("the parameters at step " + std::to_string(result_.steps) +
                     " are not those that the journal names",
                 "journal",
                 "Is the model that the run started from still the same? Resume with the version "
                 "of trainbus that made the run.");
}

void Trainer::keep_hash() {
  if (!hooks_.journal || is_behind() || result_.steps == 0 || past_.hash(result_.steps)) return;
  if (result_.steps == hashed_step_) return;
  bring_home();
  hashed_step_ = result_.steps;
  hooks_.journal->append(journal::Hash{result_.steps, fingerprint(model_.parameters())});
}

void Trainer::publish_histograms() {
  if (is_behind() || !publisher_.wanted(EventKind::Histogram)) return;
  bring_home();
  // At the step that the attempt before came to it may have published them already.
  if (const journal::Step* done = past_.step(result_.steps))
    publisher_.position().happened_unix_ns = done->unix_ns;
  for (const Parameter& parameter : model_.parameters()) {
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
  publisher_.position().happened_unix_ns.reset();
}

}  // namespace trainbus
