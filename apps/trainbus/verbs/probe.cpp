// probe: the launcher's part.
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
      {"Probe",
       {option::integer("directions", "8", "random directions; each takes six losses")
            .min(2)
            .max(most_micro_batches),
        option::integer("batch-size", "16", "examples per micro-batch")
            .min(1)
            .max(tasks::most_examples),
        option::integer("micro-batches", "1", "micro-batches per loss, averaged")
            .min(1)
            .max(most_micro_batches),
        option::real("eps", "0.001", "size of the perturbation to measure with").min(1e-6).max(1),
        option::choice("z", "rademacher", "distribution of the directions",
                       {"rademacher", "gaussian", "binomial"})}});
}

}  // namespace

extern const Verb probe_verb;
const Verb probe_verb = {
    .name = "probe",
    .usage = "[RUN.ini] [OPTION]…",
    .summary = "measure which learning rate and eps suit a model",
    .schema = schema,
    .run = run_in_engine,
    .help = print_verb_options,
};

}  // namespace trainbus::cli
