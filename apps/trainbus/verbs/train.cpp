// train: the launcher's part.
#include <filesystem>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "engine_verb.hpp"
#include "help_text.hpp"
#include "option_groups.hpp"
#include "plan.hpp"
#include "verb.hpp"
#include "verbs/resume.hpp"

namespace trainbus::cli {
namespace {

// For launchers that start the same command again after an interruption.
RunSpec plan(const Call& call) {
  RunSpec spec = plan_run(call, Completeness::Required);
  if (!spec.run.flag("resume-if-possible")) return spec;
  if (spec.run.value("run-dir").source == "default by --name" &&
      spec.run.value("name").source == "clock")
    throw UsageError("the run has no name, so the next start would not find it",
                     "--resume-if-possible", "Give --name or --run-dir.");
  const std::filesystem::path run = spec.run.text("run-dir");
  const bool is_there =
      file_system().exists(run / "journal") && file_system().exists(run / "run.json");
  if (spec.place.leads() && is_there) continue_run(run, spec);
  return spec;
}

}  // namespace

extern const Verb train_verb;
const Verb train_verb = {
    .name = "train",
    .usage = "[RUN.ini] [OPTION]…",
    .summary = "fine-tune a model",
    .schema = training_schema,
    .run = [](const Call& call) { return run_in_engine(call, "train", plan); },
    .help =
        [](const Call& call) {
          print_verb_options(call);
          print_composition(call);
        },
    .writes_files = true,
};

}  // namespace trainbus::cli
