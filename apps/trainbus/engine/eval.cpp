// trainbus eval: how well a model does on a part of a task's data, beside what scoring nothing
// gives.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <span>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "engine/evaluation/evaluation.hpp"
#include "engine_entry.hpp"
#include "models/materialized_weights.hpp"
#include "subject.hpp"
#include "tasks/classification_metrics.hpp"
#include "tasks/data/message_text.hpp"
#include "verbs.hpp"

namespace trainbus {
namespace {

Split split_of(const std::string& name) {
  return name == "train" ? Split::Train : name == "validation" ? Split::Validation : Split::Test;
}

void line(const char* name, double value, const char* unit) {
  std::printf("%-22s%.4f%s\n", name, value, unit);
}

// Of numbers that are none no class is the greatest, and no metric is one.
void check_scores(const Evaluation& evaluation) {
  if (evaluation.classes == 0) return;
  const auto classes = static_cast<std::size_t>(evaluation.classes);
  std::size_t broken = 0;
  for (std::size_t i = 0; i < evaluation.scores.size(); i += classes) {
    const auto row = std::span(evaluation.scores).subspan(i, classes);
    broken += std::any_of(row.begin(), row.end(), [](float s) { return !std::isfinite(s); });
  }
  if (broken > 0)
    throw RunError("the model's scores of " + tasks::thousands(broken) + " of " +
                       tasks::counted(evaluation.labels.size(), "example") + " are not finite",
                   "evaluation",
                   "Take another model: this one's numbers are NaN, infinite or too large.");
}

void print(const Evaluation& evaluation) {
  const std::vector<std::uint32_t> labels(evaluation.labels.begin(), evaluation.labels.end());
  const tasks::Scores scores{evaluation.scores, static_cast<std::size_t>(evaluation.classes)};
  std::printf("%-22s%lld\n", "examples", static_cast<long long>(evaluation.examples));
  line("accuracy", evaluation.value("accuracy"), "");
  line("cross-entropy", evaluation.value("loss"), " nats");
  const double majority = tasks::majority_share(labels, scores.classes);
  line("majority class", majority, "");
  if (const auto answer = tasks::constant_answer(scores))
    std::printf("%-22sthe same for all examples: class %u\n", "answers", *answer);
  if (scores.classes != 2) return;
  if (majority == 1) {
    std::printf("%-22snot defined: all examples are of one class\n", "area under ROC curve");
    return;
  }
  line("area under ROC curve", tasks::auc(scores, labels), "");
  const tasks::BestThreshold best = tasks::best_threshold(scores, labels);
  if (std::isinf(best.threshold))
    std::printf("%-22s%.4f by the same answer for all\n", "best threshold", best.accuracy);
  else
    std::printf("%-22s%.4f at a score difference of %.4f\n", "best threshold", best.accuracy,
                best.threshold);
}

}  // namespace

int eval(const RunSpec& spec, Requests& requests) {
  set_threads(spec);
  const Subject subject = load_subject(spec);
  log::info(subject.summary);
  const Split split = split_of(spec.run.text("split"));
  if (subject.task->evaluation_batches(split) == 0)
    throw UsageError("the data has no such part", "--split " + spec.run.text("split"),
                     "Give the task a fraction or a file for it.");
  const auto show = [&](std::int64_t done, std::int64_t total) {
    terminal().set_live(0, "evaluating " + std::to_string(done) + "/" + std::to_string(total));
    return !requests.stop_requested();
  };
  const Evaluation evaluation = evaluate(scorer_of(*subject.model), *subject.task, split, show);
  terminal().set_live(0, "");
  if (requests.stop_requested()) return engine_interrupted;
  check_scores(evaluation);
  print(evaluation);
  return 0;
}

}  // namespace trainbus
