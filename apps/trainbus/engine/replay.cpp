// replay: recreates the model of any step of a run, from its initial model and the journal, without
// forward passes and data.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "core/journal/reader.hpp"
#include "core/plan/model_task.hpp"
#include "engine/trainer.hpp"
#include "engine_entry.hpp"
#include "run/resume.hpp"
#include "run/workload.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

// Replayed steps read no data.
class NoData final : public Task {
 public:
  std::int64_t batches_per_epoch() const override { return 1; }
  Batch train_batch(std::uint64_t, std::int64_t) const override { return {}; }
  std::int64_t evaluation_batches(Split) const override { return 0; }
  Batch evaluation_batch(Split, std::int64_t) const override { return {}; }
};

bool is_within(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(path, error),
                 outer = fs::weakly_canonical(folder, error);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// The model is written into a new folder, or replaces another model with --overwrite, but never
// files that the run needs or wrote.
void check_output(const fs::path& output, const RunSpec& spec) {
  std::error_code error;
  if (output.empty() || !fs::exists(output, error)) return;
  const std::string where = output.string();
  if (!fs::is_directory(output, error))
    throw UsageError("is no folder", where, "Give -o a folder for the model.");
  if (fs::is_empty(output, error)) return;
  const fs::path run = fs::absolute(spec.run.text("run-dir")).parent_path();
  if (spec.run.has("model") && !spec.run.text("model").empty() &&
      is_within(model_path(spec.run.text("model")), output))
    throw UsageError("is the model that the run began with, without which it cannot be replayed",
                     where, "Choose another folder.");
  if (is_within(output, run) || is_within(run, output))
    throw UsageError("holds files of the run", where, "Choose a new folder.");
  if (!fs::exists(output / "model.safetensors", error))
    throw UsageError("is not empty and holds no model", where, "Choose a new folder.");
  if (!spec.run.flag("overwrite"))
    throw UsageError("holds a model already", where,
                     "Choose another folder, or replace it with --overwrite.");
}

std::uint64_t step_of(const RunSpec& spec, const journal::Contents& journal) {
  if (spec.run.text("step").empty()) return journal.last_step;
  const auto step = static_cast<std::uint64_t>(spec.run.integer("step"));
  if (step > journal.last_step)
    throw UsageError("is " + std::to_string(step) + ", the journal has " +
                         std::to_string(journal.last_step) + " steps",
                     "--step", "Give at most that many.");
  return step;
}

std::size_t hashes_until(const journal::Contents& journal, std::uint64_t step) {
  std::size_t count = 0;
  for (const std::size_t place : journal.effective)
    if (const auto* hash = std::get_if<journal::Hash>(&journal.records[place]))
      count += hash->step <= step;
  return count;
}

TrainResult run_again(const RunSpec& spec, Requests& requests, Workload& workload,
                      Optimizer& optimizer, const journal::Contents& journal, std::uint64_t step) {
  Bus nobody;
  const NoData no_data;
  TrainerOptions options;
  options.max_steps = step;
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  TrainerHooks hooks;
  hooks.interrupted = [&] { return requests.stop_requested() ? requests.reason() : ""; };
  hooks.catching_up = [](std::uint64_t done, std::uint64_t total) {
    if (done % 64 == 0)
      terminal().set_live(0, "replaying " + std::to_string(done) + "/" + std::to_string(total));
  };
  Trainer trainer(*workload.model, no_data, optimizer, Schedule{}, nobody, options, hooks,
                  ReplaySource(journal, step));
  TrainResult result = trainer.run();
  terminal().set_live(0, "");
  return result;
}

}  // namespace

TRAINBUS_ENGINE_VERB(replay)(const RunSpec& spec, Requests& requests) {
  const std::filesystem::path output = spec.run.text("output");
  if (output.empty() && !spec.run.flag("verify"))
    throw UsageError("there is nothing to do", "replay", "Give -o DIR, --verify, or both.");
  const PluginInstance& chosen = *spec.optimizer();
  const std::unique_ptr<Optimizer> optimizer = optimizer_factory(*chosen.plugin)(chosen.options);
  if (!optimizer->replays())
    throw UsageError(
        "steps of " + chosen.name +
            " are made of gradients, which no journal keeps: there is nothing to replay",
        spec.run.text("run-dir"), "Take one of the run's checkpoints.");
  check_output(output, spec);
  const journal::Contents journal = journal::read(file_system(), spec.run.text("run-dir"));
  const std::uint64_t step = step_of(spec, journal);
  Workload workload = load_model_alone(spec);
  check_header(journal, {.model = *workload.model,
                         .optimizer = *optimizer,
                         .configuration = configuration_of(*workload.model)});
  const TrainResult result = run_again(spec, requests, workload, *optimizer, journal, step);
  if (result.end == TrainResult::End::Interrupted) return engine_interrupted;
  if (spec.run.flag("verify"))
    std::cout << "replayed " << step << " steps, " << hashes_until(journal, step)
              << " hashes of the parameters agree\n";
  if (output.empty()) return 0;
  save_workload(workload, output);
  std::cout << "model after step " << step << ": " << output.string() << '\n';
  return 0;
}

}  // namespace trainbus
