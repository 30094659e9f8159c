// metrics.csv: step, epoch, wall_time, attempt, then a column for each metric; empty: no value.
#include <optional>
#include <string>
#include <vector>

#include "core/io/number_text.hpp"
#include "report/metrics_files.hpp"
#include "report/recorder.hpp"

namespace trainbus::report {
namespace {

constexpr std::size_t fixed_columns = 4;

// RFC 4180, except line feeds inside quotes, which no metric's name has.
std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

// The fields of a row, which are numbers and never quoted; none if their number differs.
bool split_row(std::string_view line, std::vector<std::string_view>& fields) {
  std::size_t begin = 0;
  for (std::string_view& field : fields) {
    if (begin > line.size()) return false;
    const std::size_t end = std::min(line.find(',', begin), line.size());
    field = line.substr(begin, end - begin);
    begin = end + 1;
  }
  return begin == line.size() + 1;
}

std::optional<RecordHead> head_of(const std::vector<std::string_view>& fields) {
  const auto step = number_from<double>(fields[0]);
  const auto unix_s = number_from<double>(fields[2]);
  const auto attempt = number_from<std::uint32_t>(fields[3]);
  if (!step || !unix_s || !attempt) return std::nullopt;
  const RecordHead head{*step, *unix_s, *attempt};
  return is_plausible(head) ? std::optional(head) : std::nullopt;
}

// A step's row has the loss; a row of an evaluation only has not.
bool has_step_values(const std::vector<std::string>& names,
                     const std::vector<std::string_view>& fields) {
  for (std::size_t i = fixed_columns; i < names.size(); ++i)
    if (!fields[i].empty() && !names[i].starts_with("eval/") && !names[i].starts_with("test/"))
      return true;
  return false;
}

bool add_row(const std::vector<std::string>& names, const std::vector<std::string_view>& fields,
             Recorder& recorder) {
  const auto head = head_of(fields);
  if (!head) return false;
  recorder.begin(*head, has_step_values(names, fields));
  bool whole = true;
  for (std::size_t i = fixed_columns; i < names.size(); ++i) {
    if (fields[i].empty()) continue;
    if (const auto value = number_from<double>(fields[i]))
      recorder.add(names[i], *value);
    else
      whole = false;
  }
  return whole;
}

}  // namespace

void read_csv(std::string_view text, Metrics& metrics) {
  Recorder recorder(metrics);
  std::vector<std::string> names;
  std::vector<std::string_view> fields;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) break;
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    text.remove_prefix(end + 1);
    if (names.empty()) {
      names = split(line);
      fields.resize(names.size());
      if (names.size() >= fixed_columns && names[0] == "step") continue;
      metrics.notes.push_back(metrics.file + ": its first line is not that of a metrics table");
      return;
    }
    if (!split_row(line, fields) || !add_row(names, fields, recorder)) recorder.skip_line(number);
  }
  recorder.finish();
}

}  // namespace trainbus::report
