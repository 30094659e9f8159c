#include "processes.hpp"

#include <utility>

#include "core/plan/arguments.hpp"
#include "core/plan/recorded_paths.hpp"
#include "core/plan/recorded_run.hpp"
#include "plan.hpp"

namespace trainbus::cli {
namespace {

std::optional<std::int64_t> number(const OptionValues& run, const char* name) {
  if (run.text(name).empty()) return std::nullopt;
  return run.integer(name);
}

// The options of the call that are known before any plugin is loaded.
OptionValues known_options(const Call& call) {
  OptionValues run("", verb_schema("train").options());
  for (const Argument& argument : parse_known_arguments(call.arguments, run.schema()))
    run.set(argument.name, argument.value, "command line");
  return run;
}

RunSpec planned(const Call& call, const std::string& run_json) {
  const std::string name = "the leader's run";
  const RunFile recorded = recorded_options(run_json, name);
  RunSpec spec =
      plan_run({"resume", call.arguments, call.engine_tag}, Completeness::Required, &recorded);
  locate_recorded(spec, RecordedPaths(run_json, {}), name);
  return spec;
}

}  // namespace

ranks::Place place_of_run(const OptionValues& run) {
  return ranks::place_of({.rank = number(run, "rank"),
                          .ranks = number(run, "ranks"),
                          .leader = run.text("leader"),
                          .token = run.text("token")},
                         ranks::process_environment());
}

ranks::Place place_of_call(const Call& call) { return place_of_run(known_options(call)); }

RunSpec plan_worker(const Call& call, ranks::Place place) {
  RunSpec spec;
  spec.verb = call.verb;
  spec.version = version_text();
  spec.run = known_options(call);
  spec.notes = place.notes;
  spec.place = std::move(place);
  spec.replan = [call](const std::string& run_json) { return planned(call, run_json); };
  return spec;
}

}  // namespace trainbus::cli
