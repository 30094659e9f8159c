#include "report/ending.hpp"

#include "core/io/json.hpp"
#include "report/words.hpp"

namespace trainbus::report {
namespace {

namespace json = boost::json;

std::string all_steps(double planned) { return "all " + count_words(planned, "step"); }

std::string steps_words(double step, double planned) {
  if (planned > 0) return "step " + number_words(step) + " of " + number_words(planned);
  return "step " + number_words(step);
}

// Drops the "stopped: " of a reason, which the sentence already says.
std::string without_kind(const std::string& reason, const std::string& kind) {
  if (reason == kind) return "";
  return reason.starts_with(kind + ": ") ? reason.substr(kind.size() + 2) : reason;
}

Ending recorded(const std::string& kind, const std::string& reason, double step, double planned) {
  const bool whole = kind == "completed" && step == planned;
  Ending ending{kind,
                kind + (whole ? ": " + all_steps(planned) : " at " + steps_words(step, planned))};
  if (const std::string why = without_kind(reason, kind); !why.empty())
    ending.sentence += " (" + why + ")";
  return ending;
}

std::string kind_in(const std::string& reason) {
  for (const char* kind : {"completed", "stopped", "interrupted", "failed"})
    if (reason.starts_with(kind)) return kind;
  return "unknown";
}

}  // namespace

double last_step(const json::object& record, const Metrics& metrics) {
  const double step = metrics.clock.step.empty() ? 0 : metrics.clock.step.back();
  return JsonView(record)["end"]["step"].real().value_or(step);
}

double planned_steps(const json::object& record, const Metrics& metrics) {
  if (metrics.total_steps > 0) return static_cast<double>(metrics.total_steps);
  return JsonView(record)["options"]["max-steps"]["value"].real().value_or(0);
}

Ending ending_of(const json::object& record, const Metrics& metrics, const Holder& holder) {
  const double step = last_step(record, metrics), planned = planned_steps(record, metrics);
  if (const JsonView end = JsonView(record)["end"]; end.is_object()) {
    const std::string reason = end["reason"].text_or(""), kind = end["kind"].text_or("");
    return recorded(kind.empty() ? kind_in(reason) : kind, reason, step, planned);
  }
  if (holder.alive)
    return {"running", "running: " + steps_words(step, planned) + ", written by " + holder.words};
  if (!metrics.end_reason.empty())
    return recorded(kind_in(metrics.end_reason), metrics.end_reason, step, planned);
  if (planned > 0 && step >= planned)
    return {"unknown", "no end recorded, but " + all_steps(planned) + " were done"};
  return {"unknown", "no end recorded after " + steps_words(step, planned) +
                         ": nothing of this machine is writing it, so it was probably killed"};
}

}  // namespace trainbus::report
