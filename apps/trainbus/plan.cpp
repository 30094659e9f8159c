#include "plan.hpp"

#include <array>
#include <ctime>
#include <filesystem>
#include <utility>

#include "core/io/error.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/shell_text.hpp"
#include "processes.hpp"
#include "run_checks.hpp"
#include "tasks/templates/presets.hpp"

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

// A killed run has no model yet; it has to be resumed first.
void check_model(const OptionValues& run) {
  const std::filesystem::path model = run.text("model");
  const auto has = [&](const char* name) {
    std::error_code error;
    return std::filesystem::exists(model / name, error);
  };
  if (!has("run.json") || !has("journal") || has("model") || has("config.json")) return;
  throw UsageError(
      "is the folder of an unfinished run, so it holds no model yet", "--model " + model.string(),
      "Finish it: trainbus resume " + shell_text(std::filesystem::absolute(model).string()));
}

}  // namespace

std::string version_text() { return TRAINBUS_VERSION; }

RunSpec plan_run(const Call& call, Completeness completeness, const RunFile* recorded) {
  RunRequest request;
  request.recorded = recorded;
  request.arguments = call.arguments;
  request.engine_tag = call.engine_tag;
  request.version = version_text();
  request.complete = completeness == Completeness::Required;
  RunSpec spec = resolve_run(verb_schema(call.verb), request);
  check_name(spec.run, recorded != nullptr);
  derive_defaults(spec.run, time_name());
  if (spec.run.has("task")) tasks::complete_from_preset(spec.run.text("task"), spec.task);
  if (!request.complete) return spec;
  check_together(spec.run, recorded != nullptr);
  check_model(spec.run);
  spec.notes = options_without_effect(spec.run);
  if (call.verb == "train" || call.verb == "resume") {
    spec.place = place_of_run(spec.run);
    for (const std::string& note : spec.place.notes) spec.notes.push_back(note);
  }
  return spec;
}

RunSpec plan_options(const Call& call) {
  RunSpec spec;
  spec.verb = call.verb;
  spec.version = version_text();
  spec.run = OptionValues("", verb_schema(call.verb).options());
  for (const Argument& argument : parse_arguments(call.arguments, spec.run.schema()))
    spec.run.set(argument.name, argument.value, "command line");
  return spec;
}

}  // namespace trainbus::cli
