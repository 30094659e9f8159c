// trainbus train: resolves nothing, runs what the plan says.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "core/bus/bus.hpp"
#include "core/bus/control.hpp"
#include "core/checkpoint/checkpoints.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/host/process_state.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "core/plan/run_attempts.hpp"
#include "core/plan/run_observers.hpp"
#include "device/backend_module.hpp"
#include "device/device_steps.hpp"
#include "engine/trainer.hpp"
#include "engine_entry.hpp"
#include "recovery.hpp"
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

TrainerOptions::NonFinite nonfinite_of(const std::string& policy) {
  using enum TrainerOptions::NonFinite;
  return policy == "stop" ? Stop : policy == "raise" ? Raise : Skip;
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
  options.on_nonfinite = nonfinite_of(spec.run.text("on-nonfinite"));
  options.run_json = run_json;
  return options;
}

// Keeps the model that is best by the named metric of the validation split.
class BestModel {
 public:
  // metric: "eval/NAME", one of the task's; empty: no model is kept.
  BestModel(const std::string& metric, const std::vector<MetricKind>& kinds) {
    if (metric.empty()) return;
    std::string known;
    for (const MetricKind& kind : kinds) {
      if (metric == "eval/" + kind.name) name_ = kind.name;
      known += (known.empty() ? "" : " or ") + ("eval/" + kind.name);
    }
    if (name_.empty())
      throw UsageError("'" + metric + "' is no metric of an evaluation", "--keep-best",
                       "Give " + known + ".");
  }
  // A value that is not finite is never the best.
  bool improved(const Evaluation& evaluation) {
    const Metric* metric = name_.empty() ? nullptr : evaluation.find(name_);
    if (!metric || !std::isfinite(metric->value)) return false;
    const double score = metric->better == Better::Lower ? -metric->value : metric->value;
    if (!(score > best_)) return false;
    best_ = score;
    return true;
  }

 private:
  std::string name_;
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

RunEnd run_end(const TrainResult& result, const ControlDesk& desk, const Bus& bus) {
  using std::chrono::duration_cast, std::chrono::nanoseconds, std::chrono::system_clock;
  return {.kind = end_name(result.end),
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

// The device that takes the steps, if the run asks for one; made before anything is written.
class Device {
 public:
  Device(const RunSpec& spec, const Subject& subject, const Optimizer& optimizer) {
    const std::string name = spec.run.text("device");
    if (name == "cpu") return;
    const DeviceRule rule = optimizer.device_rule();
    backend_ = device::make_backend(name);
    log::info("the steps are taken by " + backend_->description());
    steps_ = std::make_unique<device::DeviceSteps>(*subject.model, rule, *backend_);
  }
  StepDevice* steps() { return steps_.get(); }  // null: this processor does it all
  // Brings the model's parameters up to date.
  void fetch(Parameters& parameters) {
    if (steps_) steps_->fetch(parameters);
  }

 private:
  std::unique_ptr<device::Backend> backend_;
  std::unique_ptr<device::DeviceSteps> steps_;
};

// An attempt at a run, from its journal's opening to its model's saving.
class Training {
 public:
  Training(const RunSpec& spec, Requests& requests, RunFolder& folder, Subject& subject,
           Optimizer& optimizer, Device& device)
      : spec_(spec),
        requests_(requests),
        folder_(folder),
        subject_(subject),
        optimizer_(optimizer),
        device_(device),
        best_(spec.run.text("keep-best"), subject.task->metrics()),
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
  Past begin();
  Past begin_again(std::uint64_t steps);
  TrainerHooks hooks();
  std::optional<fs::path> save(std::uint64_t step);
  void save_best(std::uint64_t step);
  void show_catching_up(std::uint64_t done, std::uint64_t total);
  void report_failure(const Trainer& trainer, const std::exception& error);
  void save_model(const TrainResult& result);
  int finish(const TrainResult& result);
  bool can_go_on() const { return optimizer_.replays() || has_checkpoint_; }

  const RunSpec& spec_;
  Requests& requests_;
  RunFolder& folder_;
  Subject& subject_;
  Optimizer& optimizer_;
  Device& device_;
  BestModel best_;
  ControlDesk desk_;
  std::unique_ptr<journal::Writer> journal_;
  std::uint64_t begun_at_ = 0;  // the step that this attempt goes on after
  bool has_checkpoint_ = false;
  Bus bus_;
};

// Everything that the run's options come to, those of the task as the model's folder completes
// them.
RunSpec resolved(const RunSpec& spec, const Subject& subject) {
  RunSpec result = spec;
  if (!subject.task_options.schema().empty()) result.task = subject.task_options;
  return result;
}

Past Training::begin() {
  const RunSpec spec = resolved(spec_, subject_);
  const std::string text = attempt_text(spec, {});
  const std::int64_t now = Publisher::unix_ns();
  journal_ = std::make_unique<journal::Writer>(
      file_system(), folder_.journal(), journal::Header{.text = journal_header(spec, subject_)});
  journal_->append(journal::Attempt{1, 0, now, text});
  folder_.begin(to_json(spec), {.unix_ns = now, .text = text});
  return {};
}

Past Training::begin_again(std::uint64_t steps) {
  const journal::Contents journal = journal::read(file_system(), folder_.journal());
  if (!journal.whole())
    log::warning("the journal's last " + std::to_string(journal.file_bytes - journal.good_bytes) +
                 " bytes are cut off: " + journal.damage);
  check_header(journal, subject_);
  compare_surroundings(journal, spec_);
  remove_temporaries(file_system(), folder_.path() / "checkpoints");
  const ResumePoint point = resume_point(folder_.path(), journal, optimizer_);
  if (steps < point.step)
    throw UsageError("is " + std::to_string(steps) + ", the run has done " +
                         std::to_string(point.step) + " steps",
                     "--max-steps",
                     "Give more. The model of an earlier step: trainbus replay " +
                         folder_.path().string() + " --step N -o DIR");
  Past past = past_until(point, journal, subject_.model->parameters());
  const RunSpec spec = resolved(spec_, subject_);
  const std::vector<OptionChange> changes = changes_since(folder_.earlier_record(), spec);
  const std::string text = attempt_text(spec, changes);
  const std::int64_t now = Publisher::unix_ns();
  folder_.begin(to_json(spec), {past.attempt(), point.step, now, text});
  journal_ = std::make_unique<journal::Writer>(file_system(), folder_.journal(), journal);
  journal_->append(journal::Attempt{past.attempt(), point.step, now, text});
  announce_resume(past, point, journal, changes);
  begun_at_ = point.step;
  has_checkpoint_ = point.checkpoint.has_value();
  return past;
}

// Best effort: the run goes on without, and the older checkpoints stay.
std::optional<fs::path> Training::save(std::uint64_t step) try {
  if (requests_.hurried()) return std::nullopt;
  fs::path path = save_checkpoint(folder_.path(), step, subject_, optimizer_);
  has_checkpoint_ = true;
  if (const auto keep = spec_.run.integer("keep-checkpoints"); keep > 0)
    prune(file_system(), folder_.path() / "checkpoints", static_cast<std::size_t>(keep));
  return path;
} catch (const RunError& error) {
  log::warning("no checkpoint of step " + std::to_string(step) + ": " + error.what() +
               " The training goes on; the next one is tried when it is due");
  return std::nullopt;
}

// Best effort, as above.
void Training::save_best(std::uint64_t step) try {
  device_.fetch(subject_.model->parameters());
  save_subject(subject_, folder_.path() / "best-model");
  log::info("step " + std::to_string(step) + " is the best so far: saved as best-model");
} catch (const RunError& error) {
  log::warning("step " + std::to_string(step) + " is the best so far and is not saved: " +
               error.what() + " The training goes on; best-model, if it is there, is an older one");
}

void Training::show_catching_up(std::uint64_t done, std::uint64_t total) {
  if (done % 64 != 0 && done != total) return;
  terminal().set_live(0, done == total ? ""
                                       : "catching up " + std::to_string(done) + "/" +
                                             std::to_string(total) + " steps");
}

TrainerHooks Training::hooks() {
  TrainerHooks hooks;
  hooks.control = &desk_;
  hooks.device = device_.steps();
  hooks.journal = journal_.get();
  hooks.interrupted = [this] {
    return requests_.stop_requested() ? requests_.reason() : std::string();
  };
  hooks.save = [this](std::uint64_t step) { return save(step); };
  hooks.save_wanted = [this] { return requests_.take_save(); };
  hooks.catching_up = [this](std::uint64_t done, std::uint64_t total) {
    show_catching_up(done, total);
  };
  hooks.evaluated = [this](const Evaluation& evaluation, std::uint64_t step, bool replayed) {
    if (best_.improved(evaluation) && !replayed) save_best(step);
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
  Past past = spec_.verb == "resume" ? begin_again(steps) : begin();
  announce(spec_, subject_, steps);
  warn_of_losses(spec_, optimizer_, subject_.model->parameters());
  Trainer trainer(*subject_.model, *subject_.task, optimizer_, schedule, bus_,
                  trainer_options(spec_, steps, to_json(spec_)), hooks(), std::move(past));
  TrainResult result;
  try {
    result = trainer.run();
  } catch (const std::exception& error) {
    report_failure(trainer, error);
    throw;
  }
  return finish(result);
}

// What is caught up only in part is no model of a step that anybody asked for.
void Training::save_model(const TrainResult& result) {
  if (requests_.hurried() || result.steps < begun_at_) return;
  const std::string resume = "trainbus resume " + folder_.path().string();
  try {
    save_subject(subject_, folder_.path() / "model");
  } catch (const RunError& error) {
    const std::string what = std::string("the model is not saved: ") + error.what();
    if (result.end == TrainResult::End::Interrupted && can_go_on())
      return log::warning(what + " Nothing is lost: the run goes on from its " +
                          (optimizer_.replays() ? "journal" : "checkpoint"));
    RunEnd end = run_end(result, desk_, bus_);
    end.kind = "failed";
    end.why = what;
    end.reason = "failed: " + what;
    folder_.end(end);
    throw RunError(what, "", can_go_on() ? "When it can be written: " + resume : "");
  }
}

int Training::finish(const TrainResult& result) {
  terminal().close();
  report_observers(bus_);
  report_result(result, folder_.path(), std::cout);  // before saving, which a full disk can refuse
  std::cout.flush();
  save_model(result);
  RunEnd end = run_end(result, desk_, bus_);
  const bool failed = result.nothing_was_learned();
  const bool ended_early = result.end == TrainResult::End::Interrupted || requests_.hurried();
  if (ended_early) end.kind = end_name(TrainResult::End::Interrupted);
  if (failed && !ended_early) {
    end.kind = "failed";
    end.why = "no update was applied: no step had a finite loss and gradient";
    end.reason = "failed: " + end.why;
  }
  folder_.end(end);
  if (ended_early && can_go_on()) {
    log::info("to go on: trainbus resume " + folder_.path().string());
    return exit_resumable;
  }
  if (ended_early) return engine_interrupted;
  if (failed)
    throw RunError(end.why, folder_.path().string(),
                   "Try a smaller learning rate: `trainbus probe` with the options of this run "
                   "measures which ones suit it.");
  if (result.end == TrainResult::End::Stopped && begun_at_ > 0 && result.steps == begun_at_)
    log::info("it stopped again where it had: to go on, change what " + result.author +
              " waits for, or leave it out");
  return bus_.any_quarantined() && spec_.run.flag("strict-plugins") ? 3 : 0;
}

// A process that was sent a stop while it was loading has not begun anything.
int end_before_the_first_step(const RunSpec& spec, const RunFolder& folder) {
  if (spec.verb != "resume") {
    log::info("ended before the first step");
    return engine_interrupted;
  }
  log::info("ended before the run went on. To go on: trainbus resume " + folder.path().string());
  return exit_resumable;
}

}  // namespace

int train(const RunSpec& spec, Requests& requests) {
  set_threads(spec);
  const PluginInstance& chosen = *spec.optimizer();
  const std::unique_ptr<Optimizer> optimizer = optimizer_factory(*chosen.plugin)(chosen.options);
  RunFolder folder(spec);
  if (spec.verb == "resume" && nothing_is_left(spec, folder, std::cout)) return 0;
  if (requests.stop_requested()) return end_before_the_first_step(spec, folder);
  Subject subject = load_subject(spec);
  if (requests.stop_requested()) return end_before_the_first_step(spec, folder);
  optimizer->check(subject.model->parameters());
  const std::uint64_t steps = steps_of(spec, *subject.task);
  const Schedule schedule = schedule_of(spec, optimizer->lr(), steps);
  if (spec.run.integer("eval-every") > 0 &&
      subject.task->evaluation_batches(Split::Validation) == 0)
    throw UsageError("there are no validation examples to evaluate on", "--eval-every",
                     "Give --task.validation-fraction or --task.validation-data.");

  Device device(spec, subject, *optimizer);
  int code = 0;
  bool left_a_thread_behind = false;
  {
    Training training(spec, requests, folder, subject, *optimizer, device);
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
