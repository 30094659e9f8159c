// eval: evaluates a model on a part of a task's data.
#include "engine/evaluation/evaluation.hpp"

#include <cstdio>
#include <string>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "engine_entry.hpp"
#include "run/workload.hpp"
#include "run_options.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus {
namespace {

Split split_of(const std::string& name) {
  return name == "train" ? Split::Train : name == "validation" ? Split::Validation : Split::Test;
}

// With NaN or infinite scores there is neither a best class nor a metric.
void check_scores(const Evaluation& evaluation) {
  if (evaluation.unscored == 0) return;
  throw RunError(
      "the model's scores of " + tasks::thousands(static_cast<std::uint64_t>(evaluation.unscored)) +
          " of " + tasks::counted(static_cast<std::uint64_t>(evaluation.examples), "example") +
          " are not finite",
      "evaluation", "Take another model: this one's numbers are NaN, infinite or too large.");
}

void print(const Evaluation& evaluation, const Task& task) {
  std::printf("%-22s%lld\n", "examples", static_cast<long long>(evaluation.examples));
  for (const ResultRow& row : task.describe(evaluation))
    std::printf("%-22s%s\n", row.name.c_str(), row.value.c_str());
}

}  // namespace

TRAINBUS_ENGINE_VERB(eval)(const RunSpec& spec, Requests& requests) {
  const Workload workload = load_workload(spec);
  objective_of(spec, *workload.task);  // it is asked for by name
  log::info(workload.summary);
  const Split split = split_of(spec.run.text("split"));
  if (workload.task->evaluation_batches(split) == 0)
    throw UsageError("the data has no such part", "--split " + spec.run.text("split"),
                     "Give the task a fraction or a file for it.");
  const auto show = [&](std::int64_t done, std::int64_t total) {
    terminal().set_live(0, "evaluating " + std::to_string(done) + "/" + std::to_string(total));
    return !requests.stop_requested();
  };
  const Evaluation evaluation = evaluate(Scorer(*workload.model), *workload.task, split, show);
  terminal().set_live(0, "");
  if (requests.stop_requested()) return engine_interrupted;
  workload.model->parameters().check_files();
  check_scores(evaluation);
  print(evaluation, *workload.task);
  return 0;
}

}  // namespace trainbus
