// join: the launcher's part.
#include <iostream>

#include "core/io/error.hpp"
#include "engine_verb.hpp"
#include "help_text.hpp"
#include "option_groups.hpp"
#include "processes.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

RunSpec plan(const Call& call) {
  if (call.arguments.empty() || call.arguments.front().starts_with('-'))
    throw UsageError("expected the leader's address", "join",
                     "Give HOST:PORT as the leader printed it: trainbus join node1:29500");
  const std::string text = call.arguments.front();
  const auto address = ranks::parse_address(text);
  if (!address)
    throw UsageError("found '" + text + "', expected HOST:PORT", "join",
                     "Give it as the leader printed it: trainbus join node1:29500");
  Call rest{call.verb, {call.arguments.begin() + 1, call.arguments.end()}, call.engine_tag};
  ranks::Place place;
  place.rank = -1;  // none of the launcher's
  place.size = 2;   // at least
  place.host = address->host;
  place.port = address->port;
  RunSpec spec = plan_worker(rest, place);
  spec.place.token = spec.run.text("token");
  return spec;
}

void help(const Call&) {
  std::cout
      << "HOST:PORT is where the leader of a run said that it leads. This process gets the run "
         "and\n"
         "its steps so far from there, computes its part of the steps that follow, and keeps no\n"
         "files. It needs the model that the run began with, and its data: by default at the\n"
         "leader's paths, else give them. All other options are the run's:\n\n"
         "  --model PATH          the same model on this machine\n"
         "  --task.data PATH      the same data on this machine\n"
         "  --threads N           compute threads; 0: one per core\n"
         "  --log-level LEVEL     lowest level shown; default: info\n"
         "  --token TEXT          of the run, if it has one\n\n"
         "A worker may end, or be lost, at any time: the run goes on, and its result is the same\n"
         "to the bit. Use it in trusted networks only: there is no password.\n";
}

}  // namespace

extern const Verb join_verb;
const Verb join_verb = {
    .name = "join",
    .usage = "HOST:PORT [OPTION]…",
    .summary = "compute for a run that another process leads",
    .schema = training_schema,
    .run = [](const Call& call) { return run_in_engine(call, "join", plan); },
    .help = help,
    .writes_files = true,
};

}  // namespace trainbus::cli
