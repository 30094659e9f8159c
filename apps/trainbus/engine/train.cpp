// trainbus train: resolves nothing, runs what the plan says.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "core/bus.hpp"
#include "core/error.hpp"
#include "core/file_system.hpp"
#include "core/log.hpp"
#include "core/plugin_observer.hpp"
#include "core/terminal.hpp"
#include "engine/trainer.hpp"
#include "engine_entry.hpp"
#include "report.hpp"
#include "run_folder.hpp"
#include "subject.hpp"
#include "verbs.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::uint64_t steps_of(const RunSpec& spec, const Task& task) {
  const auto micro_batches = static_cast<std::uint64_t>(spec.run.integer("micro-batches"));
  const auto batches = static_cast<std::uint64_t>(task.batches_per_epoch());
  const std::uint64_t per_epoch = (batches + micro_batches - 1) / micro_batches;
  const auto by_epochs = static_cast<std::uint64_t>(spec.run.integer("epochs")) * per_epoch;
  const auto max_steps = static_cast<std::uint64_t>(spec.run.integer("max-steps"));
  if (by_epochs == 0) return max_steps;
  return max_steps == 0 ? by_epochs : std::min(by_epochs, max_steps);
}

Schedule schedule_of(const RunSpec& spec, double lr, std::uint64_t steps) {
  const OptionValues& run = spec.run;
  return {.kind = schedule_kind(run.text("lr-schedule")),
          .lr = lr,
          .warmup_steps = run.integer("warmup-steps"),
          .total_steps = static_cast<std::int64_t>(steps),
          .num_cycles = run.text("num-cycles").empty() ? 0 : run.real("num-cycles"),
          .power = run.real("power"),
          .lr_end = run.real("lr-end"),
          .timescale = run.integer("timescale")};
}

TrainerOptions trainer_options(const RunSpec& spec, std::uint64_t steps) {
  TrainerOptions options;
  options.max_steps = steps;
  options.micro_batches = static_cast<std::uint64_t>(spec.run.integer("micro-batches"));
  options.eval_every = static_cast<std::uint64_t>(spec.run.integer("eval-every"));
  options.save_every = static_cast<std::uint64_t>(spec.run.integer("save-every"));
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  options.test = spec.run.flag("test");
  options.run_json = to_json(spec);
  return options;
}

// Keeps the model that is best by the named metric of the validation split.
class BestModel {
 public:
  explicit BestModel(const std::string& metric) : metric_(metric) {
    if (!metric.empty() && metric != "eval/loss" && metric != "eval/accuracy")
      throw UsageError("'" + metric + "' is no metric of an evaluation", "--keep-best",
                       "Give eval/accuracy or eval/loss.");
  }
  bool improved(const Evaluation& evaluation) {
    if (metric_.empty()) return false;
    const double score = metric_ == "eval/loss" ? -evaluation.loss : evaluation.accuracy;
    if (!(score > best_)) return false;
    best_ = score;
    return true;
  }

 private:
  std::string metric_;
  double best_ = -INFINITY;
};

void add_observers(Bus& bus, const RunSpec& spec, const RunFolder& folder) {
  for (const PluginInstance& instance : spec.plugins)
    if (!instance.is_optimizer())
      bus.add(make_plugin_observer(*instance.plugin, instance.name, instance.options,
                                   {folder.path(), file_system(), terminal()}));
}

}  // namespace

int train(const RunSpec& spec, StopRequest& stop) {
  set_threads(spec);
  BestModel best(spec.run.text("keep-best"));
  const PluginInstance& chosen = *spec.optimizer();
  const std::unique_ptr<Optimizer> optimizer = optimizer_factory(*chosen.plugin)(chosen.options);
  const Subject subject = load_subject(spec);
  const std::uint64_t steps = steps_of(spec, *subject.task);
  const Schedule schedule = schedule_of(spec, optimizer->lr(), steps);
  if (spec.run.integer("eval-every") > 0 &&
      subject.task->evaluation_batches(Split::Validation) == 0)
    throw UsageError("there are no validation examples to evaluate on", "--eval-every",
                     "Give --task.validation-fraction or --task.validation-data.");

  RunFolder folder(spec);
  Bus bus;
  add_observers(bus, spec, folder);
  folder.begin(to_json(spec));
  announce(spec, subject, steps);
  TrainerHooks hooks;
  hooks.interrupted = [&stop] { return stop.requested() ? stop.reason() : std::string(); };
  hooks.save = [&](std::uint64_t step) {
    const fs::path path = folder.path() / "checkpoints" / ("step-" + std::to_string(step));
    save_subject(subject, spec, path);
    return path;
  };
  hooks.evaluated = [&](const Evaluation& evaluation, std::uint64_t step) {
    if (!best.improved(evaluation)) return;
    save_subject(subject, spec, folder.path() / "best-model");
    log::info("step " + std::to_string(step) + " is the best so far: saved as best-model");
  };
  Trainer trainer(*subject.model, *subject.task, *optimizer, schedule, bus,
                  trainer_options(spec, steps), hooks);
  TrainResult result;
  try {
    result = trainer.run();
  } catch (...) {
    terminal().close();
    report_observers(bus);
    throw;
  }
  terminal().close();
  report_observers(bus);
  report_result(result, folder.path(), std::cout);  // before saving, which a full disk can refuse
  std::cout.flush();
  save_subject(subject, spec, folder.path() / "model");
  if (result.end == TrainResult::End::Interrupted) return engine_interrupted;
  return bus.any_quarantined() && spec.run.flag("strict-plugins") ? 3 : 0;
}

}  // namespace trainbus
