// metrics.jsonl: one object per line; the types step and evaluate have the numbers to draw.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>

#include "core/io/json.hpp"
#include "report/metrics_files.hpp"
#include "report/recorder.hpp"

namespace trainbus::report {
namespace {

bool is_head(std::string_view key) {
  constexpr std::array<std::string_view, 6> keys = {"v", "type", "attempt", "step", "t", "epoch"};
  return std::ranges::find(keys, key) != keys.end();
}

// JSON has no such numbers; the sink writes these strings.
std::optional<double> number_of(JsonView value) {
  const auto text = value.text();
  if (!text) return value.real();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::optional<RecordHead> head_of(JsonView record) {
  const auto step = record["step"].real();
  const auto unix_s = record["t"].real();
  if (!step || !unix_s) return std::nullopt;
  const double attempt = std::clamp(record["attempt"].real().value_or(1), 1.0, 1e9);
  const RecordHead head{*step, *unix_s, static_cast<std::uint32_t>(attempt)};
  return is_plausible(head) ? std::optional(head) : std::nullopt;
}

void add_numbers(JsonView record, Recorder& recorder) {
  for (const auto& [key, value] : record.members()) {
    if (is_head(key)) continue;
    if (const auto number = number_of(value)) recorder.add(key, *number);
  }
}

// False: not a record of this format.
bool add_record(JsonView record, Metrics& metrics, Recorder& recorder) {
  const auto head = head_of(record);
  const std::string type = record["type"].text_or("");
  if (!head || type.empty()) return false;
  if (type == "step" || type == "evaluate") {
    recorder.begin(*head, type == "step");
    add_numbers(record, recorder);
  } else if (type == "resume") {
    recorder.resume(*head);
    metrics.end_reason.clear();
  } else if (type == "train_begin") {
    metrics.total_steps =
        static_cast<std::uint64_t>(std::clamp(record["total_steps"].real().value_or(0), 0., 1e15));
    metrics.end_reason.clear();
  } else if (type == "train_end") {
    metrics.end_reason = record["reason"].text_or("");
  } else if (type == "exception") {
    metrics.notes.push_back("thrown in the loop: " + record["text"].text_or(""));
  }
  return true;
}

}  // namespace

void read_jsonl(std::string_view text, Metrics& metrics) {
  Recorder recorder(metrics);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) break;
    const std::optional<boost::json::value> record = try_parse_json(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!record || !add_record(*record, metrics, recorder)) recorder.skip_line(number);
  }
  recorder.finish();
}

}  // namespace trainbus::report
