#include "core/plan/run_attempts.hpp"

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <optional>

#include "core/io/error.hpp"
#include "core/io/host_name.hpp"
#include "core/io/json.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

json::array requests_of(const RunEnd& end) {
  json::array result;
  for (const ControlRequest& request : end.requests)
    result.push_back({{"step", request.step},
                      {"author", request.author},
                      {"what", request_name(request.what)},
                      {"reason", request.reason}});
  return result;
}

json::array observers_of(const RunEnd& end) {
  json::array result;
  for (const ObserverReport& report : end.observers)
    result.push_back({{"name", report.name},
                      {"role", role_name(report.role)},
                      {"delivery", report.delivery},
                      {"events", report.events},
                      {"mean_us", report.mean_us()},
                      {"worst_ms", static_cast<double>(report.worst_ns) * 1e-6},
                      {"failures", report.failures},
                      {"state", report.state()},
                      {"last_step", report.last_delivered_step}});
  return result;
}

json::object parsed(std::string_view run_json) {
  std::optional<json::value> run = try_parse_json(run_json);
  if (!run || !run->is_object())
    throw RunError("is no JSON object, so nothing can be added", "run.json", "");
  return std::move(run->as_object());
}

json::array attempts_of(std::string_view run_json) {
  const std::optional<json::value> run = try_parse_json(run_json);
  return run ? JsonView(*run)["attempts"].elements() : json::array();
}

std::uint64_t number_of(JsonView attempt) {
  return static_cast<std::uint64_t>(attempt["number"].integer().value_or(0));
}

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

// Which process it is, for people who look for it.
json::object process() { return {{"pid", ::getpid()}, {"host", host_name()}}; }

}  // namespace

std::string with_attempt(std::string_view run_json, std::string_view earlier,
                         const AttemptBegin& attempt) {
  json::object run = parsed(run_json);
  json::array attempts = attempts_of(earlier);
  // An attempt that was killed before the journal recorded it does not count; its number is reused.
  if (!attempts.empty() && number_of(attempts.back()) >= attempt.number) attempts.pop_back();
  json::object entry = process();
  entry["number"] = attempt.number;
  entry["resumed_step"] = attempt.resumed_step;
  entry["began_unix_s"] = seconds(attempt.unix_ns);
  for (auto& [name, value] : parsed(attempt.text)) entry[name] = value;
  attempts.push_back(std::move(entry));
  run["attempts"] = std::move(attempts);
  return json::serialize(run);
}

std::string with_end(std::string_view run_json, const RunEnd& end) {
  json::object run = parsed(run_json);
  run["end"] = {{"kind", end.kind},
                {"reason", end.reason},
                {"author", end.author},
                {"why", end.why},
                {"step", end.step},
                {"unix_s", seconds(end.unix_ns)},
                {"seconds", end.seconds},
                {"forwards", end.forwards},
                {"skipped", end.skipped},
                {"requests", requests_of(end)},
                {"observers", observers_of(end)}};
  json::value* attempts = run.if_contains("attempts");
  const bool any = attempts && attempts->is_array() && !attempts->get_array().empty();
  if (json::object* last = any ? attempts->get_array().back().if_object() : nullptr)
    (*last)["end"] = {{"kind", end.kind},
                      {"reason", end.reason},
                      {"step", end.step},
                      {"unix_s", seconds(end.unix_ns)}};
  if (!end.ranks.empty() && any)
    if (json::object* last = attempts->get_array().back().if_object())
      (*last)["ranks"] = json::array(end.ranks.begin(), end.ranks.end());
  return json::serialize(run);
}

}  // namespace trainbus
