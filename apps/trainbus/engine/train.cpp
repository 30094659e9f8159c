// trainbus train: resolves nothing, runs what the plan says.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "core/bus.hpp"
#include "core/control.hpp"
#include "core/error.hpp"
#include "core/file_system.hpp"
#include "core/log.hpp"
#include "core/plugin_observer.hpp"
#include "core/process_state.hpp"
#include "core/run_end.hpp"
#include "core/run_observers.hpp"
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

TrainerOptions trainer_options(const RunSpec& spec, std::uint64_t steps,
                               const std::string& run_json) {
  TrainerOptions options;
  options.max_steps = steps;
  options.micro_batches = static_cast<std::uint64_t>(spec.run.integer("micro-batches"));
  options.eval_every = static_cast<std::uint64_t>(spec.run.integer("eval-every"));
  options.save_every = static_cast<std::uint64_t>(spec.run.integer("save-every"));
  options.histogram_every = static_cast<std::uint64_t>(spec.run.integer("histogram-every"));
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  options.test = spec.run.flag("test");
  options.run_json = run_json;
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

Bus::Options bus_options(const RunSpec& spec) {
  const auto duration = [&](const char* name) {
    return std::chrono::nanoseconds(std::llround(spec.run.real(name) * 1e9));
  };
  Bus::Options options;
  options.delivery =
      spec.run.text("delivery") == "inline" ? Bus::Delivery::Inline : Bus::Delivery::Thread;
  options.patience = duration("patience");
  options.hang_limit = duration("hang-after");
  return options;
}

void add_plugins(Bus& bus, const RunSpec& spec, const HostServices& services) {
  const Bus::Options limits = bus_options(spec);
  add_observers(bus, spec.plugins, services, {limits.patience, limits.hang_limit});
  if (spec.run.flag("strict-plugins") && ProcessStateGuard::changes() > 0)
    throw PluginError("a plugin changed the process's state when it was loaded or created",
                      "--strict-plugins", "The warnings above name it. Leave it out, or allow it.");
}

const char* kind_of(TrainResult::End end) {
  switch (end) {
    case TrainResult::End::Stopped:
      return "stopped";
    case TrainResult::End::Interrupted:
      return "interrupted";
    default:
      return "completed";
  }
}

RunEnd run_end(const TrainResult& result, const ControlDesk& desk, const Bus& bus) {
  using std::chrono::duration_cast, std::chrono::nanoseconds, std::chrono::system_clock;
  return {.kind = kind_of(result.end),
          .reason = result.reason,
          .author = result.author,
          .why = result.why,
          .step = result.steps,
          .forwards = result.forwards,
          .skipped = result.skipped,
          .unix_ns = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count(),
          .seconds = result.seconds,
          .requests = desk.history(),
          .observers = bus.report()};
}

// A run from its folder's making to its model's saving.
class Training {
 public:
  Training(const RunSpec& spec, StopRequest& stop, const Subject& subject, Optimizer& optimizer)
      : spec_(spec),
        stop_(stop),
        subject_(subject),
        optimizer_(optimizer),
        best_(spec.run.text("keep-best")),
        folder_(spec),
        bus_(bus_options(spec)) {
    add_plugins(bus_, spec,
                {.run_directory = folder_.path(),
                 .files = file_system(),
                 .terminal = terminal(),
                 .control = &desk_});
  }

  // The exit code. Throws what the loop threw.
  int run(const Schedule& schedule, std::uint64_t steps);
  bool left_a_thread_behind() const { return bus_.left_a_thread_behind(); }

 private:
  TrainerHooks hooks();
  void report_failure(const Trainer& trainer, const std::exception& error);

  const RunSpec& spec_;
  StopRequest& stop_;
  const Subject& subject_;
  Optimizer& optimizer_;
  BestModel best_;
  RunFolder folder_;
  ControlDesk desk_;
  Bus bus_;
};

TrainerHooks Training::hooks() {
  TrainerHooks hooks;
  hooks.control = &desk_;
  hooks.interrupted = [this] { return stop_.requested() ? stop_.reason() : std::string(); };
  hooks.save = [this](std::uint64_t step) {
    const fs::path path = folder_.path() / "checkpoints" / ("step-" + std::to_string(step));
    save_subject(subject_, path);
    return path;
  };
  hooks.evaluated = [this](const Evaluation& evaluation, std::uint64_t step) {
    if (!best_.improved(evaluation)) return;
    save_subject(subject_, folder_.path() / "best-model");
    log::info("step " + std::to_string(step) + " is the best so far: saved as best-model");
  };
  return hooks;
}

void Training::report_failure(const Trainer& trainer, const std::exception& error) {
  terminal().close();
  report_observers(bus_);
  RunEnd end = run_end(trainer.result(), desk_, bus_);
  end.kind = "failed";
  end.reason = std::string("failed: ") + error.what();
  end.author.clear();
  end.why = error.what();
  folder_.end(end);
}

int Training::run(const Schedule& schedule, std::uint64_t steps) {
  const std::string json = to_json(spec_);
  folder_.begin(json);
  announce(spec_, subject_, steps);
  Trainer trainer(*subject_.model, *subject_.task, optimizer_, schedule, bus_,
                  trainer_options(spec_, steps, json), hooks());
  TrainResult result;
  try {
    result = trainer.run();
  } catch (const std::exception& error) {
    report_failure(trainer, error);
    throw;
  }
  terminal().close();
  report_observers(bus_);
  report_result(result, folder_.path(), std::cout);  // before saving, which a full disk can refuse
  std::cout.flush();
  folder_.end(run_end(result, desk_, bus_));
  save_subject(subject_, folder_.path() / "model");
  if (result.end == TrainResult::End::Interrupted) return engine_interrupted;
  return bus_.any_quarantined() && spec_.run.flag("strict-plugins") ? 3 : 0;
}

}  // namespace

int train(const RunSpec& spec, StopRequest& stop) {
  set_threads(spec);
  const PluginInstance& chosen = *spec.optimizer();
  const std::unique_ptr<Optimizer> optimizer = optimizer_factory(*chosen.plugin)(chosen.options);
  const Subject subject = load_subject(spec);
  optimizer->check(subject.model->parameters());
  const std::uint64_t steps = steps_of(spec, *subject.task);
  const Schedule schedule = schedule_of(spec, optimizer->lr(), steps);
  if (spec.run.integer("eval-every") > 0 &&
      subject.task->evaluation_batches(Split::Validation) == 0)
    throw UsageError("there are no validation examples to evaluate on", "--eval-every",
                     "Give --task.validation-fraction or --task.validation-data.");

  int code = 0;
  bool left_a_thread_behind = false;
  {
    Training training(spec, stop, subject, *optimizer);
    try {
      code = training.run(schedule, steps);
    } catch (const std::exception& error) {
      if (!training.left_a_thread_behind()) throw;
      log::error(error.what());
      code = 1;
    }
    left_a_thread_behind = training.left_a_thread_behind();
  }
  // All files are closed. A plugin's call that never returned must not keep the process from
  // ending.
  if (left_a_thread_behind && code != engine_interrupted) {
    std::cout.flush();
    std::_Exit(code);
  }
  return code;
}

}  // namespace trainbus
