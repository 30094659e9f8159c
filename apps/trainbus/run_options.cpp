#include "run_options.hpp"

#include <algorithm>
#include <limits>

#include "core/io/error.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/text_classification/text_classification.hpp"

namespace trainbus::cli {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

Option text(const char* name, const char* fallback, const char* help) {
  return {name, "text", fallback, help};
}
Option path(const char* name, const char* fallback, const char* help) {
  return {name, "path", fallback, help};
}
Option flag(const char* name, const char* help) { return {name, "bool", "no", help}; }
// Wherever examples or batches are counted; sums and products of two such stay whole numbers.
constexpr double most_examples = 2147483647;
constexpr double most_steps = 4294967295;     // the journal numbers steps with 32 bits
constexpr double most_micro_batches = 65535;  // and counts those of a step with 16
constexpr double most_threads = 4096;

Option count(const char* name, const char* fallback, const char* help, double min = 0,
             double max = unbounded) {
  return {name, "int", fallback, help, min, max};
}
Option real(const char* name, const char* fallback, const char* help, double min,
            double max = std::numeric_limits<double>::max()) {
  return {name, "real", fallback, help, min, max};
}
Option choice(const char* name, std::vector<std::string> choices, const char* help) {
  const std::string first = choices.front();
  return {name, "choice", first, help, 1, 0, std::move(choices)};
}
OptionGroup model_group() {
  return {"Model and task",
          {path("model", "", "the model: a folder in Hugging Face's layout, or a .gguf file"),
           choice("task", {"prompt-classification", "text-classification", "mlp"},
                  "what is learnt, and from what")}};
}

// devices: the first one is the default.
OptionGroup machine_group(std::vector<std::string> devices) {
  return {
      "Machine",
      {count("seed", "42", "fixes everything random"),
       count("threads", "0", "threads for computing; 0: one per core", 0, most_threads),
       choice("device", std::move(devices), "where it is computed"),
       choice("dtype", {"float32", "bfloat16-split", "bfloat16-residual", "bfloat16", "float16"},
              "how matrices are kept: 4, 4, 3, 2 or 2 bytes a parameter; computed is in float32. "
              "With its residual a bfloat16 keeps small updates, split all of them"),
       choice("log-level", {"info", "debug", "warning", "error"},
              "least level shown on the terminal; log.txt gets all")}};
}

std::vector<TaskSchema> task_schemas() {
  std::vector<Option> prompts = tasks::prompt_classification_schema();
  prompts.push_back(
      count("max-tokens", "256", "longer prompts lose tokens of their text", 1, most_examples));
  std::vector<Option> texts = tasks::text_classification_schema();
  texts.push_back(
      count("max-tokens", "256", "longer texts lose tokens at their end", 1, most_examples));
  return {{"prompt-classification", "labelled texts become prompts whose next word is the class",
           std::move(prompts)},
          {"text-classification", "labelled texts for an encoder with a head for classes",
           std::move(texts)},
          {"mlp",
           "synthetic points and a small network, to try things out",
           {count("features", "8", "width of a point", 1, 65536),
            count("classes", "2", "of labels", 2, 65536),
            count("examples", "1024", "points to train on", 1, most_examples)}}};
}

OptionGroup training_group() {
  return {
      "Training",
      {count("max-steps", "1000", "optimizer steps; 0: as many as --epochs gives", 0, most_steps),
       count("epochs", "0", "passes over the training data; 0: as many as --max-steps needs", 0,
             most_steps),
       count("batch-size", "16", "examples per micro-batch", 1, most_examples),
       count("micro-batches", "1", "micro-batches per step (gradient accumulation)", 1,
             most_micro_batches),
       choice("on-nonfinite", {"skip", "stop", "raise"},
              "when a loss is not finite, its update is skipped, and the run goes on; stops in "
              "order; or fails")}};
}

OptionGroup schedule_group() {
  return {"Learning-rate schedule",
          {choice("lr-schedule",
                  {"constant", "constant-with-warmup", "linear", "cosine", "cosine-with-restarts",
                   "polynomial", "inverse-sqrt"},
                  "how the optimizer's lr changes over the run"),
           count("warmup-steps", "0", "steps over which lr rises from 0", 0, most_steps),
           real("num-cycles", "0",
                "cosine: waves, 0: half a one; cosine-with-restarts: restarts, 0: 1", 0),
           real("power", "1", "polynomial: exponent of the decay", 0),
           real("lr-end", "1e-7", "polynomial: lr at the end", 0),
           count("timescale", "0", "inverse-sqrt: steps; 0: warmup-steps, or 10000 without", 0,
                 most_steps)}};
}

OptionGroup evaluation_group() {
  return {
      "Evaluation",
      {count("eval-every", "0",
             "steps between evaluations on the validation part, also after the last; 0: none", 0,
             most_steps),
       count("eval-limit", "0", "examples per evaluation on the validation part; 0: all", 0,
             most_examples),
       {"test", "bool", "yes", "evaluate the test part before the first and after the last step"},
       text("keep-best", "",
            "keep the best model by eval/accuracy or eval/loss of the validation part")}};
}

OptionGroup results_group() {
  return {"Results",
          {text("name", "", "the run's name; without: date and time"),
           path("run-dir", "", "folder for all that the run writes; without: runs/NAME"),
           flag("overwrite", "replace what the folder holds of an earlier run"),
           count("save-every", "0", "steps between checkpoints; 0: only the model at the end", 0,
                 most_steps),
           count("keep-checkpoints", "0", "newest checkpoints to keep, at least 2; 0: all", 0,
                 most_steps),
           count("histogram-every", "0",
                 "steps between histograms of the parameters, for sinks that draw them; 0: none")}};
}

OptionGroup replay_group() {
  return {"Replay",
          {{"step", "int", "", "the model as it was after this step; without: after the last", 0,
            unbounded},
           path("output", "", "folder for the model; also -o"),
           flag("verify", "compare with every hash of the parameters that the journal has")}};
}

OptionGroup split_group() {
  return {"Evaluation",
          {choice("split", {"test", "validation", "train"}, "which part of the data"),
           count("batch-size", "16", "examples per batch", 1, most_examples),
           count("eval-limit", "0", "examples; 0: all", 0, most_examples)}};
}

OptionGroup prediction_group() {
  return {"Prediction",
          {text("text", "", "the text; without: those of --input"),
           path("input", "-", "texts, one a line; -: standard input"),
           count("batch-size", "16", "texts per batch", 1, most_examples)}};
}

OptionGroup probe_group() {
  return {
      "Probe",
      {count("directions", "8", "random directions; each takes six losses", 2, most_micro_batches),
       count("batch-size", "16", "examples per micro-batch", 1, most_examples),
       count("micro-batches", "1", "micro-batches that a loss is the mean of", 1,
             most_micro_batches),
       real("eps", "0.001", "size of the perturbation to measure with", 1e-6, 1),
       choice("z", {"rademacher", "gaussian", "binomial"}, "distribution of the directions")}};
}

std::vector<VerbSchema> schemas() {
  const std::vector<TaskSchema> tasks = task_schemas();
  const std::vector<OptionGroup> groups = {model_group(),    training_group(),
                                           schedule_group(), evaluation_group(),
                                           results_group(),  machine_group({"cpu", "cuda"})};
  const std::vector<std::string> observers = {"ema", "progress", "csv", "tensorboard"};
  VerbSchema train{"train", groups, tasks, "mezo", observers, {}};
  VerbSchema describe = train;
  describe.verb = "describe";
  VerbSchema resume = train;
  resume.verb = "resume";
  VerbSchema replay = train;
  replay.verb = "replay";
  replay.groups.insert(replay.groups.begin(), replay_group());
  VerbSchema eval{"eval", {model_group(), split_group(), machine_group({"cpu"})}, tasks, "", {},
                  {}};
  VerbSchema predict{
      "predict", {model_group(), prediction_group(), machine_group({"cpu"})}, tasks, "", {}, {}};
  VerbSchema probe{"probe", {model_group(), probe_group(), machine_group({"cpu"})}, tasks, "", {},
                   {}};
  for (const Option& option : train.options()) {  // eval and predict read the run files of train
    eval.passed_over.push_back(option.name);
    predict.passed_over.push_back(option.name);
    probe.passed_over.push_back(option.name);
  }
  return {train, describe, resume, replay, eval, predict, probe};
}

}  // namespace

const VerbSchema& verb_schema(std::string_view verb) {
  static const std::vector<VerbSchema> all = schemas();
  for (const VerbSchema& schema : all)
    if (schema.verb == verb) return schema;
  throw UsageError("this verb makes no run", std::string(verb), "See 'trainbus help'.");
}

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
  if (name == "." || name == "..") flaw = "is a folder's place, '" + name + "'";
  if (name.find('/') != std::string::npos) flaw = "is a path, '" + name + "'";
  if (has_control) flaw = "holds a control character";
  if (name.size() > 200) flaw = "has " + std::to_string(name.size()) + " bytes, at most 200 fit";
  if (!flaw.empty())
    throw UsageError(flaw + ", expected a name", "--name",
                     "Give a name without '/', and the folder by --run-dir.");
}

void check_together(const OptionValues& run, bool recorded) {
  if (run.text("task") != "mlp" && run.text("model").empty())
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
    throw UsageError("is 1: of a single checkpoint nothing is left if writing it goes wrong",
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
