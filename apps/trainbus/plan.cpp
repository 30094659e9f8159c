#include "plan.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "run_options.hpp"

namespace trainbus::cli {
namespace {

// Local time as a file name that sorts.
std::string time_name() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &local);
  return {text.data(), size};
}

// Launchers of several processes number them in RANK; only the first has sinks.
bool first_rank() {
  const char* rank = std::getenv("RANK");
  return !rank || !*rank || std::string_view(rank) == "0";
}

}  // namespace

std::string version_text() { return TRAINBUS_VERSION; }

RunSpec plan_run(const Call& call, Completeness completeness, const RunFile* recorded) {
  RunRequest request;
  request.recorded = recorded;
  request.arguments = call.arguments;
  request.engine_tag = call.engine_tag;
  request.version = version_text();
  request.sinks = first_rank();
  request.complete = completeness == Completeness::Required;
  RunSpec spec = resolve_run(verb_schema(call.verb), request);
  derive_defaults(spec.run, time_name());
  if (request.complete) check_together(spec.run);
  return spec;
}

}  // namespace trainbus::cli
