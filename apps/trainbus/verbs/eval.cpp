// eval: the launcher's part.
#include <trainbus/plugin/option_schema.hpp>

#include "engine_verb.hpp"
#include "help_text.hpp"
#include "option_groups.hpp"
#include "tasks/task_bounds.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

VerbSchema schema() {
  using tasks::most_examples;
  return model_schema(
      {"Evaluation",
       {option::choice("split", "test", "which part of the data", {"test", "validation", "train"}),
        option::integer("batch-size", "16", "examples per batch").min(1).max(most_examples),
        option::integer("eval-limit", "0", "examples; 0: all").min(0).max(most_examples),
        option::text("objective", "loss",
                     "a reward plugin's ID or FILE.so: judge generated answers by it too; the "
                     "task's own metrics are shown in any case")}});
}

}  // namespace

extern const Verb eval_verb;
const Verb eval_verb = {
    .name = "eval",
    .usage = "[RUN.ini] [OPTION]…",
    .summary = "evaluate a model on a task's data",
    .schema = schema,
    .run = run_in_engine,
    .help = print_verb_options,
};

}  // namespace trainbus::cli
