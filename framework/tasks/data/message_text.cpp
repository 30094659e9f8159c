#include "tasks/data/message_text.hpp"

#include <algorithm>

#include "core/io/utf8.hpp"

namespace trainbus::tasks {
namespace {

void append_escaped(std::string& out, char c) {
  constexpr char digits[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '"' || c == '\\') {
    out += {'\\', c};
  } else if (byte < 0x20 || byte == 0x7F) {
    out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  } else {
    out += c;
  }
}

}  // namespace

std::string quote(std::string_view text, std::size_t limit) {
  const std::size_t end = utf8_cut(text, limit);
  std::string out = "\"";
  for (const char c : text.substr(0, end)) append_escaped(out, c);
  if (end < text.size()) out += "…";
  return out + '"';
}

std::string quote_list(std::span<const std::string> values, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(values.size(), most); ++i)
    out += (i ? ", " : "") + quote(values[i]);
  if (values.size() > most) out += " and " + thousands(values.size() - most) + " more";
  return out;
}

std::string thousands(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t i = out.size(); i > 3;) out.insert(i -= 3, 1, ',');
  return out;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return thousands(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

std::string at_line(std::string_view file, std::uint64_t line) {
  return std::string(file) + ':' + std::to_string(line);
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  return line;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view trimmed_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace trainbus::tasks
