#include "run/resume.hpp"

#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include <boost/json/serialize.hpp>
#include <optional>

#include "core/checkpoint/checkpoint_writer.hpp"
#include "core/checkpoint/checkpoints.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/json.hpp"
#include "core/io/log.hpp"
#include "engine/fingerprint.hpp"
#include "kernels/cpu.hpp"
#include "run/training_state.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Of z, see kernels/direction.hpp.
constexpr std::int64_t addressing_without_shares = 1, addressing_with_shares = 2;

std::string hexadecimal(const std::array<std::uint8_t, 32>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    for (const int digit : {byte >> 4, byte & 15}) text += "0123456789abcdef"[digit];
  return text;
}

json::object parsed(const std::string& text) {
  std::optional<json::value> value = try_parse_json(text);
  return value && value->is_object() ? std::move(value->as_object()) : json::object();
}

json::object surroundings(const RunSpec& spec, std::size_t ranks) {
  json::object result = {{"trainbus", spec.version},
                         {"engine", engine_tag()},
                         {"libtorch", TORCH_VERSION},
                         {"cpu", kernels::cpu_name(kernels::cpu())},
                         {"threads", std::to_string(at::get_num_threads())}};
  if (ranks > 1) result["processes"] = std::to_string(ranks);
  return result;
}

const journal::Attempt* last_attempt(const journal::Contents& journal) {
  const journal::Attempt* last = nullptr;
  for (const journal::Record& record : journal.records)
    if (const auto* attempt = std::get_if<journal::Attempt>(&record)) last = attempt;
  return last;
}

// Journals of earlier builds have numbers that may be off in the last place.
bool is_same(const json::value& a, const json::value& b) {
  if (a == b) return true;
  return a.is_double() && b.is_double() &&
         is_same_but_for_the_last_place(a.get_double(), b.get_double());
}

// Keys that both have are compared, so that journals of other versions stay readable.
void check_configuration(JsonView before, JsonView now, const std::string& prefix = {}) {
  for (const auto& [key, value] : before.members()) {
    const JsonView other = now[key];
    const std::string name = prefix + std::string(key);
    if (!other.exists() || is_same(value, *other.value())) continue;
    if (value.is_object() && other.is_object()) {
      check_configuration(value, other, name + ".");
      continue;
    }
    throw UsageError(
        "the model's " + name + " is " + json::serialize(*other.value()) + ", the run began with " +
            json::serialize(value),
        "--model", "Put the model's config.json back as it was; the run's losses are of that one.");
  }
}

// The journal's coefficients mean nothing for another z.
void check_addressing(JsonView header, const Optimizer& optimizer) {
  const std::int64_t addressing =
      header["addressing"].integer().value_or(addressing_without_shares);
  if (addressing < addressing_without_shares || addressing > addressing_with_shares)
    throw UsageError("has random directions of kind " + std::to_string(addressing) +
                         ", this build knows kinds up to " + std::to_string(addressing_with_shares),
                     "journal", "Take the version of trainbus that made the run, or a later one.");
  const std::int64_t shares = header["shares"].integer().value_or(1);
  if (shares != optimizer.shares())
    throw UsageError("has " + std::to_string(shares) +
                         " shares of the elements in a step, the optimizer's options give " +
                         std::to_string(optimizer.shares()),
                     "journal",
                     "Put run.json back as it was, or remove it: the journal has it too.");
}

}  // namespace

std::string journal_header(const RunSpec& spec, const RunBasis& basis) {
  const Parameters& parameters = basis.model.parameters();
  const std::uint16_t shares = basis.optimizer.shares();
  json::object header{
      {"run", parsed(to_json(spec))},
      {"family", basis.model.family()},
      {"parameters", layout_fingerprint(parameters)},
      {"start", hexadecimal(fingerprint(parameters))},
      {"configuration", parsed(basis.configuration)},
      {"data", basis.task ? basis.task->identity() : ""},
      {"addressing", shares > 1 ? addressing_with_shares : addressing_without_shares}};
  if (shares > 1) header["shares"] = shares;
  return json::serialize(header);
}

std::string attempt_text(const RunSpec& spec, const std::vector<OptionChange>& changes,
                         std::size_t ranks) {
  json::object text = surroundings(spec, ranks);
  json::array changed;
  for (const OptionChange& change : changes)
    changed.push_back(
        {{"option", change.option}, {"before", change.before}, {"after", change.after}});
  text["changed"] = std::move(changed);
  return json::serialize(text);
}

void check_header(const journal::Contents& journal, const RunBasis& basis) {
  const json::object text = parsed(journal.header.text);
  const JsonView header(text);
  const Parameters& parameters = basis.model.parameters();
  if (header["parameters"].text_or("") != layout_fingerprint(parameters))
    throw UsageError("the model has other parameters (names, shapes or types) than the run's",
                     "--model", "Give the model that the run began with.");
  check_addressing(header, basis.optimizer);
  check_configuration(header["configuration"], parsed(basis.configuration));
  if (header["start"].text_or("") != hexadecimal(fingerprint(parameters)))
    throw UsageError("the model's numbers are not those that the run began with", "--model",
                     "Put back the model's files as they were; the run's steps are changes to "
                     "those numbers.");
  if (basis.task && header["data"].text_or("") != basis.task->identity())
    throw UsageError("the data is not that of the run: other examples, or another tokenizer",
                     "--task.data", "Put back the files as they were, or start a new run.");
}

void compare_surroundings(const journal::Contents& journal, const RunSpec& spec,
                          std::size_t ranks) {
  const journal::Attempt* last = last_attempt(journal);
  if (!last) return;
  const json::object before = parsed(last->text);
  json::object now = surroundings(spec, ranks);
  if (!now.contains("processes") && before.contains("processes")) now["processes"] = "1";
  for (const auto& [name, value] : now) {
    const std::string unknown = name == "processes" ? "1" : "";
    if (const std::string then = JsonView(before)[name].text_or(unknown);
        !then.empty() && then != value.as_string())
      log::warning("the attempt before ran with " + std::string(name) + " " + then + ", this one " +
                   std::string(value.as_string()) +
                   ": steps from here on may differ in the last bits from those of a run that was "
                   "not interrupted");
  }
}

ResumePoint resume_point(const fs::path& run_folder, const journal::Contents& journal,
                         const Optimizer& optimizer) {
  const CheckpointSearch search =
      newest_good(file_system(), run_folder / "checkpoints", journal.last_step);
  for (const CheckpointSearch::Rejected& rejected : search.rejected)
    log::warning("checkpoint " + rejected.path.filename().string() +
                 " is passed over: " + rejected.why);
  ResumePoint point;
  if (search.newest) {
    point.checkpoint = search.newest->path;
    point.checkpoint_step = search.newest->step;
  }
  point.step = optimizer.replays() ? journal.last_step : point.checkpoint_step;
  return point;
}

ReplaySource replay_source_at(const ResumePoint& point, const journal::Contents& journal,
                              Parameters& parameters) {
  ReplaySource replay_source(journal, point.step);
  replay_source.parameters_step = point.checkpoint_step;
  if (point.checkpoint)
    replay_source.optimizer_state = restore_state(*point.checkpoint, parameters);
  return replay_source;
}

fs::path save_checkpoint(const fs::path& run_folder, std::uint64_t step,
                         const Parameters& parameters, const Optimizer& optimizer,
                         const std::function<void(const fs::path&)>& save_model) {
  const OptimizerState state = optimizer.state(parameters).value_or(OptimizerState());
  CheckpointWriter writer(file_system(), run_folder / "checkpoints", step,
                          bytes_of(parameters, state));
  save_model(writer.folder());
  save_state(parameters, state, writer.folder());
  return writer.commit();
}

}  // namespace trainbus
