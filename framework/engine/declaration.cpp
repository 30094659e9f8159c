#include "engine/declaration.hpp"

#include "engine/metric_names.hpp"
#include "engine/trainer.hpp"

namespace trainbus {

bool evaluates_validation(const TrainerOptions& options, const Task& task) {
  return options.eval_every > 0 && task.evaluation_batches(Split::Validation) > 0;
}

bool evaluates_test(const TrainerOptions& options, const Task& task) {
  return options.test && task.evaluation_batches(Split::Test) > 0;
}

void declare_run(Event& train_begin, const TrainerOptions& options, const Task& task,
                 const Optimizer& optimizer, const Bus& bus, std::uint64_t initial_step) {
  const bool validates = evaluates_validation(options, task), tests = evaluates_test(options, task);
  Event& event = train_begin;
  event.set(metric::total_steps, static_cast<double>(options.max_steps));
  event.set(metric::initial_step, static_cast<double>(initial_step));
  event.set(metric::eval_every, validates ? static_cast<double>(options.eval_every) : 0);
  event.set(metric::test_evaluations, tests ? 1 : 0);
  event.text = options.run_json;
  for (tb_text name : {metric::loss, metric::lr}) event.metrics.push_back(name);
  for (const std::string& name : optimizer.metrics()) event.metrics.push_back(intern(name));
  for (tb_text name :
       {metric::tokens_per_s, metric::forwards, metric::skipped, metric::skipped_steps})
    event.metrics.push_back(name);
  for (const std::string& name : bus.metrics()) event.metrics.push_back(intern(name));
  const auto declare = [&](Split split) {
    for (const MetricKind& kind : task.metrics())
      event.metrics.push_back(metric::of_split(split, kind.name));
    event.metrics.push_back(metric::of_split(split, "examples"));
  };
  if (validates) declare(Split::Validation);
  if (tests) declare(Split::Test);
}

}  // namespace trainbus
