// Evaluations of the loop: computed now, or replayed from the journal.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/io/log.hpp"
#include "engine/metric_names.hpp"
#include "engine/trainer.hpp"

namespace trainbus {
namespace {

journal::Evaluation record_of(const Evaluation& evaluation, std::uint64_t step, Split split,
                              std::int64_t duration_ns) {
  journal::Evaluation record{.step = step,
                             .split = journal_split(split),
                             .metrics = {},
                             .examples = static_cast<std::uint64_t>(evaluation.examples),
                             .unix_ns = Publisher::unix_ns(),
                             .duration_ns = static_cast<std::uint64_t>(duration_ns)};
  for (const Metric& metric : evaluation.metrics)
    record.metrics.push_back({metric.name, metric.value});
  return record;
}

// Without the scores, which the journal does not keep.
Evaluation evaluation_of(const journal::Evaluation& record, const std::vector<MetricKind>& kinds) {
  Evaluation evaluation;
  evaluation.examples = static_cast<std::int64_t>(record.examples);
  for (const journal::Evaluation::Metric& metric : record.metrics) {
    const auto kind = std::ranges::find(kinds, metric.name, &MetricKind::name);
    evaluation.metrics.push_back(
        {metric.name, metric.value, kind == kinds.end() ? Better::Lower : kind->better});
  }
  return evaluation;
}

void warn_of_unscored(const Evaluation& evaluation, std::uint64_t step, Split split) {
  log::warning("after step " + std::to_string(step) + " the scores of " +
               std::to_string(evaluation.unscored) + " of " + std::to_string(evaluation.examples) +
               (split == Split::Test ? " test" : " validation") +
               " examples are not finite: the evaluation has no accuracy and is never the best");
}

}  // namespace

void Trainer::validate() {
  if (task_.evaluation_batches(Split::Validation) <= 0) return;
  const std::optional<Evaluation> evaluation = evaluation_of(Split::Validation);
  if (!evaluation) return;
  if (!result_.first_validation) result_.first_validation = evaluation;
  result_.last_validation = evaluation;
  if (hooks_.evaluated) hooks_.evaluated(*evaluation, result_.steps, is_behind());
}

// None if it was interrupted, or if this is a replayed step that was not evaluated.
std::optional<Evaluation> Trainer::evaluation_of(Split split) {
  if (const journal::Evaluation* done = replay_source_.evaluation(result_.steps, split))
    return replay_evaluation(*done, split);
  if (is_behind()) return std::nullopt;
  Evaluation evaluation = evaluate_now(split);
  return interrupted() ? std::nullopt : std::optional(std::move(evaluation));
}

Evaluation Trainer::replay_evaluation(const journal::Evaluation& done, Split split) {
  const Evaluation evaluation = trainbus::evaluation_of(done, task_.metrics());
  publish_as_of(done.unix_ns);
  const auto batches = static_cast<double>(task_.evaluation_batches(split));
  publisher_.publish(EventKind::EvalBegin, {{metric::batches, batches}});
  publish_evaluation(evaluation, split);
  if (!is_behind()) publish_as_now();
  return evaluation;
}

Evaluation Trainer::evaluate_now(Split split) {
  const std::int64_t begin_ns = publisher_.run_ns();
  const auto total = static_cast<double>(task_.evaluation_batches(split));
  publisher_.publish(EventKind::EvalBegin, {{metric::batches, total}}, {}, Phase::Evaluation);
  // An evaluation that did not complete has no result.
  const auto end_without = [&](const char* why) {
    publisher_.publish(EventKind::Evaluate, {}, why, Phase::Evaluation);
  };
  const Scorer here(model_);
  const Scorer there([this](const Batch& batch) { return hooks_.device->logits(batch); });
  Evaluation evaluation;
  try {
    evaluation = evaluate(
        hooks_.device ? there : here, task_, split,
        [&](std::int64_t done, std::int64_t) {
          publisher_.publish(EventKind::PredictionStep,
                             {{metric::batch, static_cast<double>(done)}, {metric::batches, total}},
                             {}, Phase::Evaluation);
          return !interrupted();
        },
        *hooks_.communicator);
  } catch (...) {
    end_without("failed");
    throw;
  }
  if (interrupted()) {
    end_without("interrupted");
    return evaluation;
  }
  if (evaluation.unscored > 0) warn_of_unscored(evaluation, result_.steps, split);
  if (hooks_.journal)
    hooks_.journal->append(
        record_of(evaluation, result_.steps, split, publisher_.run_ns() - begin_ns));
  publish_evaluation(evaluation, split);
  return evaluation;
}

void Trainer::publish_evaluation(const Evaluation& evaluation, Split split) {
  if (!publisher_.wanted(EventKind::Evaluate)) return;
  Event& event = publisher_.begin(EventKind::Evaluate, Phase::Evaluation);
  for (const Metric& metric : evaluation.metrics)
    event.set(metric::of_split(split, metric.name), metric.value);
  event.set(metric::of_split(split, "examples"), static_cast<double>(evaluation.examples));
  publisher_.publish();
}

}  // namespace trainbus
