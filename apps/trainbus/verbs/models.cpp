// models: the launcher's part.
#include <trainbus/plugin/option_schema.hpp>

#include <iostream>

#include "engine_verb.hpp"
#include "plan.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

VerbSchema schema() {
  return {
      .groups = {{"Options",
                  {option::flag("markdown", "no", "the families alone, as a table in Markdown")}}}};
}

void help(const Call&) {
  const OptionGroup& own = verb_schema("models").groups.front();
  print_options(std::cout, own.title, "", own.options, text_width());
  std::cout
      << "What one model holds, and whether it opens: trainbus describe --model MODEL\n";
}

}  // namespace

extern const Verb models_verb;
const Verb models_verb = {
    .name = "models",
    .usage = "[--markdown]",
    .summary = "list the models, tokenizers and files that open, and the tasks",
    .schema = schema,
    .run = [](const Call& call) { return run_in_engine(call, "models", plan_options); },
    .help = help,
};

}  // namespace trainbus::cli
