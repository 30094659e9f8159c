// resume: the launcher's part, which reads the run from its run.json and applies the given options.
#include "verbs/resume.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/plan/recorded_paths.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/replaced_run.hpp"
#include "core/plan/run_record.hpp"
#include "engine_verb.hpp"
#include "help_text.hpp"
#include "option_groups.hpp"
#include "plan.hpp"
#include "processes.hpp"
#include "run_argument.hpp"
#include "tasks/task_kind.hpp"

namespace trainbus::cli {
namespace {

namespace fs = std::filesystem;

std::string read_record(const fs::path& run) try {
  return record_of_run(run);
} catch (const RunError& failure) {
  throw UsageError(failure.what(), "", "");
}

// Options that finished steps, or the meaning of their numbers, depend on: fixed for the run. All
// others may change per attempt.
bool is_of_the_run(const std::string& option, const std::string& optimizer) {
  constexpr std::string_view fixed[] = {"model",      "task",          "dtype",  "seed",
                                        "batch-size", "micro-batches", "device", "objective"};
  if (std::ranges::find(fixed, option) != std::end(fixed) || option.starts_with("task.") ||
      option == "plugin " + optimizer)
    return true;
  // The journal has the learning rate of every step.
  return option.starts_with(optimizer + ".") && option != optimizer + ".lr";
}

[[noreturn]] void refuse_change(const OptionChange& change) {
  throw UsageError("the run has " + change.option + " = " + change.before + ", " + change.after +
                       " was asked for: that cannot change within a run",
                   "--" + change.option, "Leave it out, or start a new run.");
}

void check_changes(std::string_view run_json, const RunSpec& spec) {
  const std::string optimizer = spec.optimizer()->name;
  for (const OptionChange& change : changes_since(run_json, spec)) {
    if (change.option == "plugin " + optimizer)
      throw UsageError("the run has another optimizer, " + optimizer +
                           " was asked for: that cannot change within a run",
                       "--plugin " + optimizer, "Leave it out, or start a new run.");
    // The paths of model and data may change; their contents are compared when they are loaded.
    if (!change.is_place && is_of_the_run(change.option, optimizer)) refuse_change(change);
  }
}

// The options of a run depend on its task, so another task must be refused before parsing them.
void check_task(const RunFile& recorded, const Arguments& arguments) {
  std::string task(task_kinds().front().name);
  for (const RunFileEntry& entry : recorded.sections.front().entries)
    if (entry.key == "task") task = entry.value;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string asked;
    if (arguments[i] == "--task" && i + 1 < arguments.size()) asked = arguments[i + 1];
    if (arguments[i].starts_with("--task=")) asked = arguments[i].substr(7);
    if (!asked.empty() && asked != task) refuse_change({"task", task, asked});
  }
}

// A process that was killed while replacing the run may have left it renamed.
void put_back(const fs::path& run) {
  if (!has_replaced_run(file_system(), run)) return;
  const RunLock lock(run);
  settle_replaced_run(file_system(), run);
}

void check_folder(const fs::path& run) {
  FileSystem& files = file_system();
  if (files.exists(run / "journal")) return;
  if (files.exists(run / "run.json"))
    throw UsageError("its journal is gone, which has the steps of the run", run.string(),
                     "Put the file back, or start a new run from the model or a checkpoint there.");
  throw UsageError("holds no run.json and no journal, so it is not the folder of a run",
                   run.string(), "Give the folder that trainbus train printed.");
}

}  // namespace

void continue_run(const fs::path& run, RunSpec& spec) {
  put_back(run);
  check_folder(run);
  spec.verb = "resume";
  spec.run.set("overwrite", "no", "--resume-if-possible");
  check_changes(read_record(run), spec);
}

RunSpec plan_resume(const Call& call) {
  Call asked = call;
  // A worker's machine may not have the run's folder.
  if (ranks::Place place = place_of_call(call); !place.leads()) {
    if (!asked.arguments.empty() && !asked.arguments.front().starts_with('-'))
      asked.arguments.erase(asked.arguments.begin());
    return plan_worker(asked, std::move(place));
  }
  const fs::path run = take_run(asked, "the folder of a run");
  put_back(run);
  check_folder(run);
  const std::string run_json = read_record(run);
  const RunFile recorded = recorded_options(run_json, (run / "run.json").string(), run);
  check_task(recorded, asked.arguments);
  RunSpec spec = plan_run(asked, Completeness::Required, &recorded);
  if (spec.run.flag("overwrite"))
    throw UsageError("a resumed run is not replaced", "--overwrite", "Leave it out.");
  locate_recorded(spec, RecordedPaths(run_json, run), recorded.name);
  spec.run.set("run-dir", run.string(), "command line");
  check_changes(run_json, spec);
  return spec;
}

namespace {

void help(const Call& call) {
  print_verb_options(call);
  std::cout
      << "RUN is the folder of a run. Options that are given here replace the run's. Those that\n"
         "finished steps depend on cannot change: task, seed, dtype, batches and the\n"
         "optimizer's own options but lr. --model and --task.data may give new paths of the\n"
         "same model and data.\n\n";
  print_composition(call);
}

}  // namespace

extern const Verb resume_verb;
const Verb resume_verb = {
    .name = "resume",
    .usage = "RUN [OPTION]…",
    .summary = "continue a run that was interrupted or killed",
    .schema = training_schema,
    .run = [](const Call& call) { return run_in_engine(call, "train", plan_resume); },
    .help = help,
    .writes_files = true,
};

}  // namespace trainbus::cli
