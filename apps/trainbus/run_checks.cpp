#include "run_checks.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "tasks/task_kind.hpp"

namespace trainbus::cli {

void derive_defaults(OptionValues& run, const std::string& time) {
  if (run.has("epochs") && run.integer("epochs") > 0 && run.is_default("max-steps"))
    run.set("max-steps", "0", "default with --epochs");
  if (run.has("name") && run.text("name").empty()) run.set("name", time, "clock");
  if (run.has("run-dir") && run.text("run-dir").empty())
    run.set("run-dir", "runs/" + run.text("name"), "default by --name");
}

void check_name(const OptionValues& run, bool recorded) {
  if (!run.has("name") || run.is_default("name")) return;
  if (recorded && run.value("name").source != "command line") return;
  const std::string& name = run.text("name");
  const bool has_control = std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
  std::string flaw;
  if (name.empty()) flaw = "is empty";
  if (name == "." || name == "..") flaw = "is a relative folder, '" + name + "'";
  if (name.find('/') != std::string::npos) flaw = "is a path, '" + name + "'";
  if (has_control) flaw = "holds a control character";
  if (name.size() > 200) flaw = "has " + std::to_string(name.size()) + " bytes, at most 200 fit";
  if (!flaw.empty())
    throw UsageError(flaw + ", expected a name", "--name",
                     "Give a name without '/', and the folder by --run-dir.");
}

void check_together(const OptionValues& run, bool recorded) {
  if (find_task_kind(run.text("task")).takes_model && run.text("model").empty())
    throw UsageError("the run has no model", "--model",
                     "Name a folder in Hugging Face's layout or a .gguf file.");
  if (run.has("epochs") && run.integer("epochs") == 0 && run.integer("max-steps") == 0)
    throw UsageError("both are 0, so the run would have no end", "--max-steps and --epochs",
                     "Give one of them.");
  if (!run.has("keep-best")) return;
  if (!run.text("keep-best").empty() && run.integer("eval-every") == 0)
    throw UsageError("needs evaluations, and there are none", "--keep-best",
                     "Give --eval-every N, the steps between evaluations on the validation part.");
  const bool was_taken = recorded && run.value("keep-checkpoints").source != "command line";
  if (run.integer("keep-checkpoints") == 1 && !was_taken)
    throw UsageError("is 1: if writing the only checkpoint fails, none is left",
                     "--keep-checkpoints", "Give at least 2, or 0 for all.");
}

std::vector<std::string> options_without_effect(const OptionValues& run) {
  std::vector<std::string> notes;
  if (!run.has("lr-schedule")) return notes;
  const std::string& schedule = run.text("lr-schedule");
  const auto note = [&](const char* option, bool has_effect, const std::string& why) {
    const OptionValue& value = run.value(option);
    const bool was_given = value.source != "default" && !value.source.starts_with("default ");
    if (was_given && value.text != "0" && !has_effect)
      notes.push_back("--" + std::string(option) + " has no effect " + why);
  };
  const std::string with_schedule = "with --lr-schedule " + schedule;
  note("warmup-steps", schedule != "constant", with_schedule + ": give constant-with-warmup");
  note("num-cycles", schedule.starts_with("cosine"), with_schedule);
  note("power", schedule == "polynomial", with_schedule);
  note("lr-end", schedule == "polynomial", with_schedule);
  note("timescale", schedule == "inverse-sqrt", with_schedule);
  note("eval-limit", run.integer("eval-every") > 0, "without --eval-every");
  note("patience", run.text("delivery") != "inline", "with --delivery inline");
  note("hang-after", run.text("delivery") != "inline", "with --delivery inline");
  return notes;
}

}  // namespace trainbus::cli
