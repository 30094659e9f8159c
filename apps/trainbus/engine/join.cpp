// join, and the workers of train and resume: compute for a leader.
#include <cmath>
#include <memory>
#include <string>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/plan/recorded_run.hpp"
#include "engine_entry.hpp"
#include "run/resume.hpp"
#include "run/worker_run.hpp"
#include "run/workload.hpp"
#include "run_options.hpp"
#include "worker.hpp"

namespace trainbus {
namespace {

// Options that may differ between the processes of a run: where things are, how fast, and what is
// shown; and observers, which workers do not have.
bool may_differ(const OptionChange& change, const std::string& optimizer) {
  const std::string& name = change.option;
  if (change.is_place || name.starts_with("plugin ")) return name != "plugin " + optimizer;
  for (const char* local : {"threads", "log-level", "disable-tqdm", "delivery", "patience",
                            "hang-after", "strict-plugins", "safe"})
    if (name == local) return true;
  const bool is_of_a_plugin = name.find('.') != std::string::npos;
  return is_of_a_plugin && !name.starts_with("task.") && !name.starts_with(optimizer + ".");
}

void check_same_run(const std::string& run, const RunSpec& spec) {
  for (const OptionChange& change : changes_since(run, spec))
    if (!may_differ(change, spec.optimizer()->name))
      throw UsageError("the leader's run has " + change.option + " = " + change.before +
                           ", this process was started with " + change.after,
                       "--" + change.option, "Start all processes of a run with the same options.");
}

// What a worker needs to compute.
struct Workplace {
  RunSpec spec;
  std::unique_ptr<Optimizer> optimizer;
  Workload workload;
  std::uint64_t steps = 0;
};

// Throws what keeps this process from taking part, after telling the leader.
Workplace prepare(const RunSpec& asked, WorkerRun& leader) try {
  RunSpec spec = asked.replan ? asked.replan(leader.run()) : asked;
  spec.place = asked.place;
  const PluginInstance& chosen = *spec.optimizer();
  Workplace here{.spec = spec,
                 .optimizer = optimizer_factory(*chosen.plugin)(chosen.options),
                 .workload = load_workload(spec)};
  share_cores(spec);
  here.spec = resolved(std::move(spec), here.workload);
  check_same_run(leader.run(), here.spec);
  here.optimizer->check(here.workload.model->parameters());
  here.steps = steps_of(here.spec, *here.workload.task);
  journal::Contents journal;
  journal.header.text = leader.header();
  check_header(journal, {.model = *here.workload.model,
                         .optimizer = *here.optimizer,
                         .task = here.workload.task.get(),
                         .configuration = configuration_of(*here.workload.model)});
  return here;
} catch (const std::exception& error) {
  leader.decline(error.what());
  throw;
}

// What the leader does at these times is its own business.
TrainerOptions worker_options(const RunSpec& spec, std::uint64_t steps, const Task& task) {
  TrainerOptions options = trainer_options(spec, steps, task);
  options.eval_every = options.save_every = options.histogram_every = options.hash_every = 0;
  options.test = false;
  options.on_nonfinite = TrainerOptions::NonFinite::Skip;
  return options;
}

int code_of(const ranks::End& end) {
  switch (end.how) {
    case ranks::End::How::Interrupted:
      log::info("the run ends early, and can be resumed: " + end.reason);
      return exit_resumable;
    case ranks::End::How::Failed:
      log::error("the leader (rank 0) says: " + end.reason);
      return 1;
    case ranks::End::How::Released:
      log::info("this process leaves, the run goes on");
      return 0;
    case ranks::End::How::Completed:
    case ranks::End::How::Anew:  // is no end
      break;
  }
  log::info("the run is complete");
  return 0;
}

ranks::End take_part(const RunSpec& asked, WorkerRun& leader) {
  Workplace here = prepare(asked, leader);
  return leader.work({.model = *here.workload.model,
                      .task = *here.workload.task,
                      .optimizer = *here.optimizer,
                      .schedule = schedule_of(here.spec, here.optimizer->lr(), here.steps),
                      .options = worker_options(here.spec, here.steps, *here.workload.task)});
}

}  // namespace

std::chrono::milliseconds rank_patience(const RunSpec& spec) {
  return std::chrono::milliseconds(std::llround(spec.run.real("rank-patience") * 1e3));
}

int work_for_leader(const RunSpec& asked, Requests& requests) try {
  WorkerRun worker(asked.place, rank_patience(asked), requests, asked.version);
  if (worker.is_over()) {
    log::info("the run is complete");
    return 0;
  }
  ranks::End end = take_part(asked, worker);
  while (end.how == ranks::End::How::Anew) end = take_part(asked, worker);
  const int code = code_of(end);
  // A launcher may end all processes when one ends with a code: the leader has to be first.
  if (end.how != ranks::End::How::Released) worker.wait_until_closed();
  return code;
} catch (const ranks::LeaderIsGone& error) {
  log::error(error.what());
  return exit_resumable;
} catch (const RunError&) {
  if (!requests.stop_requested()) throw;
  log::info("ended before it computed anything");
  return exit_resumable;
}

TRAINBUS_ENGINE_VERB(join)(const RunSpec& spec, Requests& requests) {
  return work_for_leader(spec, requests);
}

}  // namespace trainbus
