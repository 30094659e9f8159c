#include "record.hpp"

#include <charconv>
#include <optional>
#include <span>
#include <system_error>

#include "json_text.hpp"

namespace {

void append_key(std::string& line, std::string_view key) {
  line += ',';
  append_json_string(line, key);
  line += ':';
}

std::string head(std::string_view type, const trainbus::Event& event, std::uint64_t step) {
  std::string line(signature);
  append_json_string(line, type);
  append_key(line, "attempt");
  trainbus::append_number(line, event.attempt());
  append_key(line, "step");
  trainbus::append_number(line, step);
  append_key(line, "t");
  trainbus::append_seconds(line, event.unix_ns());
  append_key(line, "epoch");
  trainbus::append_number(line, event.epoch());
  return line;
}

// The resolved run is JSON itself and becomes an object, on one line.
void append_run(std::string& line, std::string_view json) {
  append_key(line, "run");
  if (!json.starts_with('{') || !json.ends_with('}')) return append_json_string(line, json);
  for (const char c : json) line += c == '\n' || c == '\r' ? ' ' : c;
}

void append_text(std::string& line, const trainbus::Event& event) {
  const std::string_view text = event.text();
  if (text.empty()) return;
  if (event.kind() == TB_ON_TRAIN_BEGIN) return append_run(line, text);
  append_key(line, event.kind() == TB_ON_SAVE        ? "path"
                   : event.kind() == TB_ON_TRAIN_END ? "reason"
                   : event.kind() == TB_ON_HISTOGRAM ? "tensor"
                                                     : "text");
  append_json_string(line, text);
}

bool is_taken(std::string_view name) {
  for (const std::string_view key : {"v", "type", "attempt", "step", "t", "epoch", "run", "path",
                                     "reason", "tensor", "text", "metrics", "limits", "counts"})
    if (name == key) return true;
  return false;
}

void append_numbers(std::string& line, std::string_view key, std::span<const double> numbers) {
  append_key(line, key);
  line += '[';
  for (const double number : numbers) {
    if (line.back() != '[') line += ',';
    append_json_number(line, number);
  }
  line += ']';
}

struct Head {
  std::string_view type;
  std::uint64_t step;
};

// Reads what head() wrote.
std::optional<Head> parse_head(std::string_view line) {
  constexpr std::string_view key = "\"step\":";
  if (!line.starts_with(signature)) return std::nullopt;
  line.remove_prefix(signature.size() + 1);
  const std::size_t type_end = line.find('"');
  const std::size_t found = line.find(key);
  if (type_end == line.npos || found == line.npos) return std::nullopt;
  Head head{line.substr(0, type_end), 0};
  const auto parsed =
      std::from_chars(line.data() + found + key.size(), line.data() + line.size(), head.step);
  if (parsed.ec != std::errc()) return std::nullopt;
  return head;
}

}  // namespace

std::string_view type_of(std::string_view event_name) {
  return event_name.starts_with("on_") ? event_name.substr(3) : event_name;
}

std::string record_of(const trainbus::Event& event) {
  std::string line = head(type_of(event.name()), event, event.step());
  append_text(line, event);
  if (event.kind() == TB_ON_TRAIN_BEGIN) {
    append_key(line, "metrics");
    line += '[';
    for (const std::string_view name : event.metrics()) {
      if (line.back() != '[') line += ',';
      append_json_string(line, name);
    }
    line += ']';
  }
  for (const auto [name, value] : event.scalars()) {
    append_key(line, is_taken(name) ? "metric/" + std::string(name) : std::string(name));
    append_json_number(line, value);
  }
  line += '}';
  return line;
}

std::string record_of(const trainbus::Event& event, const trainbus::Histogram& histogram) {
  std::string line = record_of(event);
  line.pop_back();  // the closing brace
  append_numbers(line, "limits", histogram.limits);
  append_numbers(line, "counts", histogram.counts);
  return line + '}';
}

std::string resume_record(const trainbus::Event& train_begin, std::uint64_t step) {
  return head("resume", train_begin, step) + '}';
}

namespace {

// Whether lines of this type are about the attempt as such and not about a step.
bool is_of_the_attempt(std::string_view type) {
  return type == "resume" || type == "train_begin" || type == "train_end" || type == "exception";
}

}  // namespace

FileEnd end_of(const trainbus::LineFile& file) {
  constexpr std::uint64_t reach = 1 << 20;  // far more than the lines of one step
  const std::uint64_t length = file.length();
  const std::uint64_t begin = length > reach ? length - reach : 0;
  const std::string text = file.read(begin, length - begin);

  FileEnd end;
  std::string_view rest = text;
  while (!rest.empty()) {
    rest.remove_suffix(1);  // the line feed
    const std::size_t before = rest.rfind('\n');
    const auto line = parse_head(before == rest.npos ? rest : rest.substr(before + 1));
    if (!line) return end;
    rest = before == rest.npos ? std::string_view() : rest.substr(0, before + 1);
    if (is_of_the_attempt(line->type)) continue;
    if (!end.count.empty() && line->step != end.step) return end;
    end.step = line->step;
    ++end.count[std::string(line->type)];
  }
  return end;
}
