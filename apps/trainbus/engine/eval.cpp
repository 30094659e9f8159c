// trainbus eval: how well a model does on a part of a task's data, beside what scoring nothing
// gives.
#include <cstdio>
#include <iostream>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "engine/evaluation.hpp"
#include "engine_entry.hpp"
#include "models/materialized_weights.hpp"
#include "subject.hpp"
#include "tasks/classification_metrics.hpp"
#include "verbs.hpp"

namespace trainbus {
namespace {

Split split_of(const std::string& name) {
  return name == "train" ? Split::Train : name == "validation" ? Split::Validation : Split::Test;
}

void line(const char* name, double value, const char* unit) {
  std::printf("%-22s%.4f%s\n", name, value, unit);
}

void print(const Evaluation& evaluation) {
  const std::vector<std::uint32_t> labels(evaluation.labels.begin(), evaluation.labels.end());
  const tasks::Scores scores{evaluation.scores, static_cast<std::size_t>(evaluation.classes)};
  std::printf("%-22s%lld\n", "examples", static_cast<long long>(evaluation.examples));
  line("accuracy", evaluation.value("accuracy"), "");
  line("cross-entropy", evaluation.value("loss"), " nats");
  line("majority class", tasks::majority_share(labels, scores.classes), "");
  if (scores.classes != 2) return;
  const tasks::BestThreshold best = tasks::best_threshold(scores, labels);
  line("area under ROC curve", tasks::auc(scores, labels), "");
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
  print(evaluation);
  return 0;
}

}  // namespace trainbus
