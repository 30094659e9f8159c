#include "run_options.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

#include "core/io/error.hpp"
#include "core/io/log.hpp"

namespace trainbus {
namespace {

// The journal numbers steps with 32 bits.
constexpr std::uint64_t most_steps = 0xffffffff;

TrainerOptions::NonFinite nonfinite_of(const std::string& policy) {
  using enum TrainerOptions::NonFinite;
  return policy == "stop" ? Stop : policy == "raise" ? Raise : Skip;
}

}  // namespace

std::uint64_t steps_of(const RunSpec& spec, const Task& task) {
  const auto micro_batches = static_cast<std::uint64_t>(spec.run.integer("micro-batches"));
  const auto batches = static_cast<std::uint64_t>(task.batches_per_epoch());
  const std::uint64_t per_epoch = (batches + micro_batches - 1) / micro_batches;
  const auto epochs = static_cast<std::uint64_t>(spec.run.integer("epochs"));
  const std::uint64_t by_epochs = epochs > most_steps / per_epoch ? most_steps : epochs * per_epoch;
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

std::shared_ptr<const Objective> objective_of(const RunSpec& spec, const Task& task) {
  const std::string asked = spec.objective();
  const std::vector<std::string> known = task.objectives();
  if (std::ranges::find(known, asked) != known.end())
    if (std::shared_ptr<const Objective> objective = task.objective(asked)) return objective;
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
  throw UsageError("the task " + spec.run.text("task") + " has no objective " + asked,
                   "--objective", "It has: " + names + ".");
}

TrainerOptions trainer_options(const RunSpec& spec, std::uint64_t steps, const Task& task) {
  TrainerOptions options;
  options.max_steps = steps;
  options.micro_batches = static_cast<std::uint64_t>(spec.run.integer("micro-batches"));
  options.eval_every = static_cast<std::uint64_t>(spec.run.integer("eval-every"));
  options.save_every = static_cast<std::uint64_t>(spec.run.integer("save-every"));
  options.histogram_every = static_cast<std::uint64_t>(spec.run.integer("histogram-every"));
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  options.overlap = spec.run.text("overlap") == "1";
  options.objective = objective_of(spec, task);
  options.test = spec.run.flag("test");
  options.on_nonfinite = nonfinite_of(spec.run.text("on-nonfinite"));
  return options;
}

RunSpec resolved(RunSpec spec, const Workload& workload) {
  if (!workload.task_options.schema().empty()) spec.task = workload.task_options;
  return spec;
}

void share_cores(const RunSpec& spec) {
  const auto here = static_cast<unsigned>(spec.place.local_size);
  if (here < 2 || spec.run.integer("threads") != 0) return;
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1u);
  const unsigned share = std::max(cores / here, 1u);
  const char* set = std::getenv("OMP_NUM_THREADS");
  if (!set) return at::set_num_threads(static_cast<int>(share));
  if (std::string(set) == "1" && share > 1 && spec.place.leads())
    log::warning(
        "OMP_NUM_THREADS=1 is in the environment, as torchrun sets it: each process computes "
        "with 1 thread, and each of the " +
        std::to_string(here) + " processes here could have " + std::to_string(share) +
        ": --threads " + std::to_string(share));
}

}  // namespace trainbus
