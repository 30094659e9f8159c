// train and resume: build the parts of a run from the options, run it and report.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#include "core/bus/bus.hpp"
#include "core/host/process_state.hpp"
#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/run_observers.hpp"
#include "core/plan/shell_text.hpp"
#include "core/reward/reward.hpp"
#include "device/backend_module.hpp"
#include "device/device_steps.hpp"
#include "engine/declaration.hpp"
#include "engine_entry.hpp"
#include "report.hpp"
#include "run/leading_run.hpp"
#include "run/run_folder.hpp"
#include "run/training_run.hpp"
#include "run/workload.hpp"
#include "run_options.hpp"
#include "worker.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

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

RunOptions run_options(const RunSpec& spec) {
  return {.keep_best = spec.run.text("keep-best"),
          .keep_checkpoints = static_cast<std::size_t>(spec.run.integer("keep-checkpoints")),
          .bus = bus_options(spec)};
}

// The device that computes the steps, if the run uses one; created before anything is written.
class Device {
 public:
  Device(const RunSpec& spec, const Workload& workload, const Optimizer& optimizer) {
    const std::string name = spec.run.text("device");
    if (name == "cpu") return;
    const DeviceRule rule = optimizer.device_rule();
    backend_ = device::make_backend(name);
    log::info("the steps are computed by " + backend_->description());
    steps_ = std::make_unique<device::DeviceSteps>(*workload.model, rule, *backend_);
  }
  StepDevice* steps() { return steps_.get(); }  // null: the CPU computes everything

 private:
  std::unique_ptr<device::Backend> backend_;
  std::unique_ptr<device::DeviceSteps> steps_;
};

// Refuses a control plugin that could never act in this run.
void rehearse(const RunSpec& spec, const RunFolder& folder, std::uint64_t steps,
              const Workload& workload, const Optimizer& optimizer) {
  const Bus bus;  // without metric plugins, whose numbers control plugins do not see
  Event begin;
  begin.kind = EventKind::TrainBegin;
  TrainerOptions options = trainer_options(spec, steps, *workload.task);
  options.run_json = to_json(spec);
  declare_run(begin, options, *workload.task, optimizer, bus, 0);
  rehearse_controls(spec.plugins, {folder.path(), file_system(), terminal()}, begin);
}

RunFolder::Claim claim_of(const RunSpec& spec) {
  if (spec.verb == "resume") return RunFolder::Claim::Resume;
  if (spec.run.flag("overwrite")) return RunFolder::Claim::Replace;
  const bool named_by_clock = spec.run.value("name").source == "clock" &&
                              spec.run.value("run-dir").source == "default by --name";
  return named_by_clock ? RunFolder::Claim::Numbered : RunFolder::Claim::New;
}

// A run without a name is named after its folder.
void name_after(const RunFolder& folder, RunSpec& spec) {
  const std::string name = folder.path().filename().string();
  if (spec.verb == "resume" || name == spec.run.text("name") ||
      spec.run.value("name").source != "clock")
    return;
  if (spec.run.value("run-dir").source != "default by --name") return;
  spec.run.set("name", name, "clock");
  spec.run.set("run-dir", "runs/" + name, "default by --name");
}

// The run must not read files that it replaces.
void check_inputs(const RunSpec& spec, const RunFolder& folder) {
  for (const OptionValues* values : {&spec.run, &spec.task})
    for (const Option& option : values->schema()) {
      const std::string& path = values->text(option.name);
      if (option.type != "path" || path.empty() || option.name == "run-dir" ||
          option.flags & TB_OPTION_REPEATABLE)
        continue;
      folder.check_input(path, values == &spec.run ? "--" + option.name : "--task." + option.name);
    }
}

// Refuses options that the data or the length of the run cannot satisfy.
void check_evaluations(const RunSpec& spec, const Task& task, std::uint64_t steps) {
  const auto every = static_cast<std::uint64_t>(spec.run.integer("eval-every"));
  if (every > 0 && task.evaluation_batches(Split::Validation) == 0)
    throw UsageError("there are no validation examples to evaluate on", "--eval-every",
                     "Give --task.validation-fraction or --task.validation-data.");
  if (!spec.run.text("keep-best").empty() && every > steps)
    throw UsageError("needs evaluations, and the run ends after " + std::to_string(steps) +
                         " steps, before the first one at step " + std::to_string(every),
                     "--keep-best",
                     "Give an --eval-every of at most " + std::to_string(steps) + ".");
}

// Refuses an objective that the optimizer or the device does not have.
void check_objective(const RunSpec& spec, const Task& task, const Optimizer& optimizer,
                     const Parameters& parameters) {
  const std::string asked = spec.objective();
  if (spec.run.text("device") != "cpu" && task.generates())
    throw UsageError("the task's evaluations generate texts, on the CPU only yet", "--device",
                     "Leave it out, or give --task.generate no.");
  if (asked == "loss") return;
  if (!optimizer.replays())
    throw UsageError(asked + " has no gradient, and " + spec.optimizer()->name + " follows one",
                     "--objective", "Give --plugin mezo, or leave --objective out.");
  const std::uint64_t seed = 0;
  const auto plan = optimizer.plan_losses(parameters, seed, 0);
  if (plan && plan->examples && !task.objective(asked)->takes_both_sides())
    throw UsageError(asked +
                         " takes more than one forward pass, and every example is to have a "
                         "direction of its own",
                     "--objective",
                     "Leave --" + spec.optimizer()->name + ".directions out, or take low-rank.");
  if (spec.run.text("device") != "cpu")
    throw UsageError(asked + " is computed on the CPU only yet", "--objective",
                     "Leave --device out.");
}

// Whether the run to resume is complete and its options are unchanged; then prints so, and how to
// continue it.
bool nothing_is_left(const RunSpec& spec, const RunFolder& folder) {
  if (!is_complete(folder.earlier_record()) ||
      !file_system().exists(folder.path() / "model" / "model.safetensors"))
    return false;
  for (const OptionChange& change : changes_since(folder.earlier_record(), spec))
    if (!change.is_place) return false;
  std::cout << "the run is complete, its model is in " << (folder.path() / "model").string()
            << "\nto continue with more steps: trainbus resume "
            << shell_text(folder.path().string()) << " --max-steps N\n";
  return true;
}

// A process that is told to stop while loading has not started anything.
int end_before_the_first_step(const RunFolder& folder) {
  if (!folder.resumes()) {
    log::info("ended before the first step");
    return engine_interrupted;
  }
  log::info("ended before the run was resumed. To continue: trainbus resume " +
            shell_text(folder.path().string()));
  return exit_resumable;
}

void check_strictness(const RunSpec& spec) {
  if (spec.run.flag("strict-plugins") && ProcessStateGuard::changes() > 0)
    throw PluginError("a plugin changed the process's state when it was loaded or created",
                      "--strict-plugins", "The warnings above name it. Leave it out, or allow it.");
}

std::unique_ptr<Optimizer> make_optimizer(const RunSpec& spec) {
  const PluginInstance& chosen = *spec.optimizer();
  return optimizer_factory(*chosen.plugin)(chosen.options);
}

// The meeting of several processes, if they are; opened before anything is loaded, so that the
// others find it. Null: one process.
std::unique_ptr<LeadingRun> lead(const RunSpec& spec, const Optimizer& optimizer,
                                 Requests& requests) {
  const ranks::Place& place = spec.place;
  if (place.is_alone()) return nullptr;
  if (spec.run.text("device") != "cpu")
    throw UsageError("several processes compute on the CPU only yet", "--device",
                     "Leave it out, or give --ranks 1.");
  check_items(static_cast<std::size_t>(place.size), optimizer, spec.optimizer()->name,
              static_cast<std::uint64_t>(spec.run.integer("micro-batches")));
  return std::make_unique<LeadingRun>(
      place,
      RankRules{.patience = rank_patience(spec),
                .fewest = static_cast<std::size_t>(spec.run.integer("min-ranks")),
                .overlap = spec.run.text("overlap") == "1"},
      &requests);
}

// The exit code; none: the run goes on with another attempt.
std::optional<int> run_to_its_end(const RunSpec& spec, TrainingRun& run, const RunFolder& folder,
                                  const Workload& workload, const Optimizer& optimizer,
                                  std::uint64_t steps, LeadingRun* ranks) {
  if (const std::optional<Continuation> continuation = run.begin()) announce_resume(*continuation);
  for (const std::string& note : spec.notes) log::warning(note);
  announce(spec, workload, steps);
  warn_of_losses(spec, optimizer, workload.model->parameters());
  TrainResult result;
  try {
    result = run.train(ranks);
  } catch (const std::exception&) {
    report_observers(run.bus());
    if (spec.run.text("on-nonfinite") == "raise")
      log::info(
          "if the loss is not finite at that step, a resumed run reaches it again; to skip it: "
          "trainbus resume " +
          shell_text(folder.path().string()) + " --on-nonfinite skip");
    throw;
  }
  if (result.begins_anew) {
    run.finish(result);
    return std::nullopt;
  }
  terminal().close();
  report_observers(run.bus());
  report_result(result, folder.path(), std::cout);  // before saving, which may fail on a full disk
  std::cout.flush();
  switch (run.finish(result)) {
    case TrainingRun::Outcome::Resumable:
      return exit_resumable;
    case TrainingRun::Outcome::Interrupted:
      return engine_interrupted;
    case TrainingRun::Outcome::BeginsAnew:
    case TrainingRun::Outcome::Done:
      break;
  }
  if (result.end == TrainResult::End::Stopped && run.begun_at() > 0 &&
      result.steps == run.begun_at())
    log::info("it stopped at the same step again: to continue, change the options of " +
              result.author + ", or leave it out");
  return run.bus().any_quarantined() && spec.run.flag("strict-plugins") ? 3 : 0;
}

// One attempt at the run: loads what it needs, and returns the exit code; none: see above.
std::optional<int> attempt(const RunSpec& asked, RunFolder& folder, LeadingRun* ranks,
                           Requests& requests) {
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(asked);
  Workload workload = load_workload(asked);
  share_cores(asked);
  if (requests.stop_requested()) return end_before_the_first_step(folder);
  optimizer->check(workload.model->parameters());
  const std::uint64_t steps = steps_of(asked, *workload.task);
  check_evaluations(asked, *workload.task, steps);
  check_objective(asked, *workload.task, *optimizer, workload.model->parameters());
  const RunSpec spec = resolved(asked, workload);

  rehearse(spec, folder, steps, workload, *optimizer);
  Device device(spec, workload, *optimizer);
  std::optional<int> code;
  bool left_a_thread_behind = false;
  {
    TrainingRun run(spec, folder,
                    {.model = *workload.model,
                     .task = *workload.task,
                     .optimizer = *optimizer,
                     .schedule = schedule_of(spec, optimizer->lr(), steps),
                     .save_model = [&](const fs::path& to) { save_workload(workload, to); },
                     .configuration = configuration_of(*workload.model),
                     .device = device.steps(),
                     .ranks_in_bits = ranks && !optimizer->replays() ? ranks->size() : 1},
                    trainer_options(spec, steps, *workload.task), run_options(spec), &requests);
    try {
      check_strictness(spec);
      code = run_to_its_end(spec, run, folder, workload, *optimizer, steps, ranks);
    } catch (const std::exception& error) {
      if (!run.bus().left_a_thread_behind() && !a_reward_still_runs()) throw;
      log::error(error.what());
      code = 1;
    }
    left_a_thread_behind = run.bus().left_a_thread_behind() || a_reward_still_runs();
  }
  // All files are closed. A hanging call of a plugin must not keep the process from exiting.
  if (left_a_thread_behind && code != engine_interrupted) {
    folder.close();
    std::cout.flush();
    std::_Exit(code.value_or(exit_resumable));
  }
  return code;
}

}  // namespace

TRAINBUS_ENGINE_VERB(train)(const RunSpec& asked, Requests& requests) {
  if (!asked.place.leads()) return work_for_leader(asked, requests);
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(asked);
  RunFolder folder(asked.run.text("run-dir"), claim_of(asked));
  RunSpec spec = asked;
  name_after(folder, spec);
  check_inputs(spec, folder);
  if (folder.resumes() && nothing_is_left(spec, folder)) {
    if (const std::unique_ptr<LeadingRun> ranks = lead(spec, *optimizer, requests))
      ranks->dismiss();
    return 0;
  }
  if (requests.stop_requested()) return end_before_the_first_step(folder);
  const std::unique_ptr<LeadingRun> ranks = lead(spec, *optimizer, requests);
  while (true) {
    if (const auto code = attempt(spec, folder, ranks.get(), requests)) return *code;
    folder.begin_anew();
    spec.verb = "resume";
    spec.run.set("overwrite", "no", "the run goes on");
    spec.notes.clear();
  }
}

}  // namespace trainbus
