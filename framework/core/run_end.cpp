#include "core/run_end.hpp"

#include <boost/json.hpp>

#include "core/error.hpp"

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

}  // namespace

std::string with_end(std::string_view run_json, const RunEnd& end) {
  boost::system::error_code error;
  json::value run = json::parse(run_json, error);
  if (error || !run.is_object())
    throw RunError("is no JSON object, so the run's end cannot be added", "run.json", "");
  run.as_object()["end"] = {{"kind", end.kind},
                            {"reason", end.reason},
                            {"author", end.author},
                            {"why", end.why},
                            {"step", end.step},
                            {"unix_s", static_cast<double>(end.unix_ns) * 1e-9},
                            {"seconds", end.seconds},
                            {"forwards", end.forwards},
                            {"skipped", end.skipped},
                            {"requests", requests_of(end)},
                            {"observers", observers_of(end)}};
  return json::serialize(run);
}

}  // namespace trainbus
