#include "core/plan/run_file.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"

// A hand-written reader, since Program_options' own (1.81) cuts values at any `#`, drops the blanks
// of " Negative", knows no quotes, merges repeated sections and forgets line numbers.
namespace trainbus {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// What comes before a comment: `#` counts at the start or after a blank, so `a#b` is whole.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '#' && (i == 0 || blanks.find(text[i - 1]) != std::string_view::npos))
      return text.substr(0, i);
  return text;
}

// The value of `"…"`; text begins with the quote, and only a comment may follow the closing one.
std::string unquoted(std::string_view text, const std::string& where) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      const std::string_view rest = text.substr(i + 1);
      if (trimmed(without_comment(rest)).empty()) return value;
      throw UsageError("found '" + std::string(trimmed(rest)) + "' after the closing quote", where,
                       "Quote the whole value, and write \\\" for a quote inside it.");
    }
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    constexpr std::string_view letters = "nt\"\\", meanings = "\n\t\"\\";
    const std::size_t which = ++i < text.size() ? letters.find(text[i]) : std::string_view::npos;
    if (which == std::string_view::npos)
      throw UsageError("found an unknown escape in a quoted value, expected \\n, \\t, \\\" or \\\\",
                       where, "Write \\\\ for a backslash.");
    value += meanings[which];
  }
  throw UsageError("a quoted value does not end", where, "Add the closing quote on the same line.");
}

// Sets the entry's value, and the comment that an unquoted one was cut at.
void take_value(std::string_view text, const std::string& where, RunFileEntry& entry) {
  text = trimmed(text);
  if (text.starts_with('"')) {
    entry.value = unquoted(text, where);
    return;
  }
  const std::string_view value = without_comment(text);
  entry.value = trimmed(value);
  entry.comment = trimmed(text.substr(value.size()));
  if (entry.value.empty() && entry.ends_at_doubtful_comment())
    throw UsageError(
        "'" + entry.key + "' has no value: '#' begins a comment, here '" + entry.comment + "'",
        where, "If it belongs to the value, put the whole value in double quotes.");
}

RunFileSection section_from(std::string_view text, const RunFile& file, unsigned line) {
  text = trimmed(without_comment(text));
  const std::string where = file.place(line);
  const std::string name(text.ends_with(']') ? trimmed(text.substr(1, text.size() - 2)) : "");
  if (name.empty())
    throw UsageError("found '" + std::string(text) + "', expected a section like [mezo]", where,
                     "Close the bracket around a name.");
  for (const RunFileSection& other : file.sections)
    if (other.name == name)
      throw UsageError(
          "section [" + name + "] appears twice, first in line " + std::to_string(other.line),
          where, "Join the two.");
  return {name, line, {}};
}

RunFileEntry entry_from(std::string_view text, const RunFile& file, unsigned line) {
  const std::size_t equals = text.find('=');
  const std::string key(trimmed(text.substr(0, equals)));
  if (equals == std::string_view::npos || key.empty())
    throw UsageError("found '" + std::string(trimmed(text)) + "', expected 'name = value'",
                     file.place(line), "Write # before a comment.");
  RunFileEntry entry{key, "", line};
  take_value(text.substr(equals + 1), file.place(line), entry);
  return entry;
}

}  // namespace

RunFile parse_run_file(std::string_view text, std::string name) {
  RunFile file{std::move(name), {{}}};
  if (text.find('\0') != std::string_view::npos)
    throw UsageError("found a NUL byte, expected text", file.name, "Give a run file (INI).");
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);  // the byte order mark of some editors
  unsigned line = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    if (content.empty() || content.starts_with('#')) continue;
    if (content.starts_with('['))
      file.sections.push_back(section_from(content, file, line));
    else
      file.sections.back().entries.push_back(entry_from(content, file, line));
  }
  return file;
}

RunFile read_run_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const char* remedy = "RUN.ini comes directly after the verb; models are given with --model.";
  if (!std::filesystem::exists(status))
    throw UsageError("there is no such run file", path.string(), remedy);
  if (!std::filesystem::is_regular_file(status))
    throw UsageError("this is not a file, expected a run file (INI)", path.string(), remedy);
  constexpr std::uintmax_t most_bytes = 1 << 20;  // a run file is a page; this is something else
  if (std::filesystem::file_size(path, error) > most_bytes || error)
    throw UsageError("the file is larger than 1 MiB, expected a run file (INI)", path.string(),
                     remedy);
  try {
    return parse_run_file(file_system().read_all(path), path.string());
  } catch (const RunError& failure) {
    throw UsageError(failure.what(), "", "");
  }
}

}  // namespace trainbus
