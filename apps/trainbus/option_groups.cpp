#include "option_groups.hpp"

#include <trainbus/plugin/option_schema.hpp>

#include "tasks/task_bounds.hpp"
#include "tasks/task_kind.hpp"

namespace trainbus::cli {
namespace {

using tasks::most_examples;

std::vector<TaskSchema> task_schemas() {
  std::vector<TaskSchema> schemas;
  for (const TaskKind& kind : task_kinds())
    schemas.push_back({std::string(kind.name), std::string(kind.summary), kind.options()});
  return schemas;
}

Option task_option() {
  Option choice{"task", "choice", std::string(task_kinds().front().name),
                "the kind of data and what is learnt"};
  for (const TaskKind& kind : task_kinds()) choice.choices.emplace_back(kind.name);
  return choice;
}

OptionGroup training_group() {
  return {
      "Training",
      {option::integer("max-steps", "1000", "optimizer steps; 0: as many as --epochs gives")
           .min(0)
           .max(most_steps),
       option::integer("epochs", "0",
                       "passes over the training data; 0: as many as --max-steps needs")
           .min(0)
           .max(most_steps),
       option::integer("batch-size", "16", "examples per micro-batch").min(1).max(most_examples),
       option::integer("micro-batches", "1", "micro-batches per step (gradient accumulation)")
           .min(1)
           .max(most_micro_batches),
       option::text("objective", "loss",
                    "what a zeroth-order optimizer trains on: the loss, or what has no gradient: "
                    "accuracy; of generated answers exact-match, f1, or a reward plugin's ID or FILE.so"),
       option::choice("on-nonfinite", "skip",
                      "when a loss is not finite: skip its update, stop cleanly, or fail",
                      {"skip", "stop", "raise"})}};
}

OptionGroup schedule_group() {
  return {
      "Learning-rate schedule",
      {option::choice("lr-schedule", "constant", "how the optimizer's lr changes over the run",
                      {"constant", "constant-with-warmup", "linear", "cosine",
                       "cosine-with-restarts", "polynomial", "inverse-sqrt"}),
       option::integer("warmup-steps", "0", "steps over which lr rises from 0")
           .min(0)
           .max(most_steps),
       option::real("num-cycles", "0",
                    "cosine: waves, 0: half a wave; cosine-with-restarts: restarts, 0: 1")
           .min(0),
       option::real("power", "1", "polynomial: exponent of the decay").min(0),
       option::real("lr-end", "1e-7", "polynomial: lr at the end").min(0),
       option::integer("timescale", "0", "inverse-sqrt: steps; 0: warmup-steps, or 10000 without")
           .min(0)
           .max(most_steps)}};
}

OptionGroup evaluation_group() {
  return {
      "Evaluation",
      {option::integer(
           "eval-every", "0",
           "steps between evaluations on the validation part, also after the last; 0: none")
           .min(0)
           .max(most_steps),
       option::integer("eval-limit", "0", "examples per evaluation on the validation part; 0: all")
           .min(0)
           .max(most_examples),
       option::flag("test", "yes",
                    "evaluate the test part before the first and after the last step"),
       option::text(
           "keep-best", "",
           "keep the best model by a metric of the validation part: eval/accuracy, eval/loss")}};
}

OptionGroup results_group() {
  return {
      "Results",
      {option::text("name", "", "the run's name; default: date and time"),
       option::path("run-dir", "", "folder for the run's files; default: runs/NAME"),
       option::flag("overwrite", "no", "replace an earlier run in the folder"),
       option::integer("save-every", "0", "steps between checkpoints; 0: only the model at the end")
           .min(0)
           .max(most_steps),
       option::integer("keep-checkpoints", "0", "newest checkpoints to keep, at least 2; 0: all")
           .min(0)
           .max(most_steps),
       option::integer(
           "histogram-every", "0",
           "steps between histograms of the parameters, for sinks that draw them; 0: none")
           .min(0)
           .max(most_steps)}};
}

// Left out, they come from the launcher's environment: see core/ranks/place.hpp.
OptionGroup processes_group() {
  return {
      "Several processes (in a trusted network only: whoever reaches the leader can take part)",
      {option::integer("ranks", "", "processes that train together; default: the launcher's, or 1")
           .min(1)
           .max(1e6),
       option::integer("rank", "", "which of them this is, 0 leads; default: the launcher's")
           .min(0)
           .max(1e6),
       option::text("leader", "", "HOST:PORT where rank 0 is reached; default: the launcher's"),
       option::text("token", "", "keeps runs apart that could meet at one address"),
       option::real("rank-patience", "30", "seconds of silence after which a process is lost")
           .min(0.1)
           .max(86400),
       option::integer("min-ranks", "1", "with fewer processes left, end in order").min(1).max(1e6),
       option::choice(
           "overlap", "0",
           "1: compute the next step's losses while those of this one are exchanged; they "
           "then lack its update",
           {"0", "1"}),
       option::flag("resume-if-possible", "no",
                    "train: resume the run if its folder has one, for launchers that repeat a "
                    "command")}};
}

}  // namespace

OptionGroup model_group() {
  return {
      "Model and task",
      {option::path("model", "", "the model: a folder in Hugging Face's layout, or a .gguf file"),
       task_option()}};
}

OptionGroup machine_group(std::initializer_list<const char*> devices) {
  constexpr double most_threads = 4096;
  return {
      "Machine",
      {option::integer("seed", "42", "seed of all random numbers").min(0),
       option::integer("threads", "0", "compute threads; 0: one per core").min(0).max(most_threads),
       option::choice("device", *devices.begin(), "device to compute on", devices),
       option::choice("dtype", "float32",
                      "storage of matrices: 4, 4, 3, 2 or 2 bytes per parameter; computation is in "
                      "float32. A bfloat16's residual keeps small updates, split all of them",
                      {"float32", "bfloat16-split", "bfloat16-residual", "bfloat16", "float16"}),
       option::choice("log-level", "info", "lowest level shown on the terminal; log.txt gets all",
                      {"info", "debug", "warning", "error"})}};
}

VerbSchema training_schema() {
  return {.groups = {model_group(), training_group(), schedule_group(), evaluation_group(),
                     results_group(), machine_group({"cpu", "cuda"}), processes_group()},
          .tasks = task_schemas(),
          .default_optimizer = "mezo",
          .default_plugins = {"ema", "progress", "csv", "tensorboard"}};
}

VerbSchema model_schema(OptionGroup own) {
  VerbSchema schema{.groups = {model_group(), std::move(own), machine_group({"cpu"})},
                    .tasks = task_schemas()};
  for (const Option& option : training_schema().options())
    schema.passed_over.push_back(option.name);
  return schema;
}

}  // namespace trainbus::cli
