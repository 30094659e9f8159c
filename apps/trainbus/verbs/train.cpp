// train: the launcher's part.
#include "engine_verb.hpp"
#include "help_text.hpp"
#include "option_groups.hpp"
#include "verb.hpp"

namespace trainbus::cli {

extern const Verb train_verb;
const Verb train_verb = {
    .name = "train",
    .usage = "[RUN.ini] [OPTION]…",
    .summary = "fine-tune a model",
    .schema = training_schema,
    .run = run_in_engine,
    .help =
        [](const Call& call) {
          print_verb_options(call);
          print_composition(call);
        },
    .writes_files = true,
};

}  // namespace trainbus::cli
