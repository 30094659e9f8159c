// replay: the launcher's part, which reads the run from its journal.
#include <trainbus/plugin/option_schema.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/journal/reader.hpp"
#include "core/plan/recorded_paths.hpp"
#include "core/plan/recorded_run.hpp"
#include "engine_verb.hpp"
#include "option_groups.hpp"
#include "plan.hpp"
#include "run_argument.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

namespace fs = std::filesystem;

VerbSchema schema() {
  VerbSchema schema = training_schema();
  schema.groups.insert(
      schema.groups.begin(),
      {"Replay",
       {option::integer("step", "", "the model after this step; default: the last").min(0),
        option::path("output", "", "folder for the model; also -o"),
        option::flag("verify", "no",
                     "compare with every hash of the parameters that the journal has")}});
  return schema;
}

RunSpec plan_replay(const Call& call) {
  Call asked = call;
  fs::path journal = take_run(asked, "the folder of a run, or its journal");
  std::error_code error;
  if (fs::is_directory(journal, error)) {
    journal /= "journal";
    if (!file_system().exists(journal))
      throw UsageError("holds no journal, so there is nothing to replay",
                       journal.parent_path().string(),
                       "Give the folder that trainbus train printed, or a journal.");
  }
  std::ranges::replace(asked.arguments, "-o", "--output");
  const std::string record = record_of_run(journal::read(file_system(), journal).header);
  const fs::path run = fs::absolute(journal).parent_path();
  const RunFile recorded = recorded_options(record, journal.string(), run);
  RunSpec spec = plan_run(asked, Completeness::Required, &recorded);
  locate_recorded(spec, RecordedPaths(record, run), recorded.name);
  spec.run.set("run-dir", journal.string(), "command line");
  return spec;
}

void help(const Call&) {
  const VerbSchema& verb = verb_schema("replay");
  const OptionGroup& own = verb.groups.front();
  print_options(std::cout, own.title, "", own.options, text_width());
  std::cout << "The journal has the model, the optimizer and all options of the run; options of\n"
               "train override them, such as --model if the model was moved. The journal and the\n"
               "run's initial model are enough: no data is read. A model in DIR is only replaced\n"
               "with --overwrite. For example:\n\n"
               "  trainbus replay runs/first --step 100 -o models/step-100\n"
               "  trainbus replay runs/first --verify\n";
}

}  // namespace

extern const Verb replay_verb;
const Verb replay_verb = {
    .name = "replay",
    .usage = "RUN|JOURNAL [--step N] [-o DIR] [--verify]",
    .summary = "make the model of any step of a MeZO run from its journal",
    .schema = schema,
    .run = [](const Call& call) { return run_in_engine(call, "replay", plan_replay); },
    .help = help,
    .writes_files = true,
};

}  // namespace trainbus::cli
