// predict: the launcher's part.
#include <trainbus/plugin/option_schema.hpp>

#include "engine_verb.hpp"
#include "help_text.hpp"
#include "option_groups.hpp"
#include "tasks/task_bounds.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

VerbSchema schema() {
  return model_schema(
      {"Prediction",
       {option::text("text", "", "the text; default: those of --input"),
        option::path("input", "-", "texts, one per line; -: standard input"),
        option::integer("batch-size", "16", "texts per batch").min(1).max(tasks::most_examples)}});
}

}  // namespace

extern const Verb predict_verb;
const Verb predict_verb = {
    .name = "predict",
    .usage = "[RUN.ini] [OPTION]…",
    .summary = "classify texts with a model",
    .schema = schema,
    .run = run_in_engine,
    .help = print_verb_options,
};

}  // namespace trainbus::cli
