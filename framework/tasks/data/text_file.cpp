#include "tasks/data/text_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/utf8.hpp"
#include "tasks/data/file_kind.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The number of the line that the byte at this offset belongs to, from 1.
std::uint64_t line_of(std::string_view text, std::size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(offset);
  return static_cast<std::uint64_t>(std::count(text.begin(), end, '\n')) + 1;
}

}  // namespace

std::string_view prepare_text(std::string_view text) { return trimmed(text); }

std::string_view text_of_bytes(std::string_view bytes, const std::string& name) {
  refuse_other_kinds(bytes, name);
  if (const std::size_t bad = find_invalid_utf8(bytes); bad != std::string_view::npos)
    throw UsageError("is not UTF-8 text", at_line(name, line_of(bytes, bad)),
                     "Convert the file to UTF-8.");
  if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
  return bytes;
}

FileBytes open_bytes(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw UsageError("no such file", path.string(), "Check the path.");
  if (fs::is_directory(path, ignored)) refuse_folder(path);
  if (fs::is_regular_file(path, ignored)) return FileBytes(MappedFile(path));
  std::ifstream pipe(path, std::ios::binary);
  if (!pipe)
    throw UsageError("cannot be read", path.string(), "Check the path and its permissions.");
  SpilledVector<char> bytes;
  std::array<char, 1 << 16> some;
  while (pipe.read(some.data(), some.size()), pipe.gcount() > 0)
    bytes.append({some.data(), static_cast<std::size_t>(pipe.gcount())});
  return FileBytes(std::move(bytes));
}

std::string read_bytes(const fs::path& path) { return std::string(open_bytes(path).text()); }

std::vector<TextLine> text_lines(std::string_view bytes, const std::string& name) {
  std::string_view rest = text_of_bytes(bytes, name);
  std::vector<TextLine> lines;
  for (std::uint64_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.find('\r') != std::string_view::npos)
      throw UsageError("a carriage return without a line feed", at_line(name, line),
                       "End lines with LF or CRLF.");
    text = prepare_text(text);
    if (text.empty())
      throw UsageError("the line has no text", at_line(name, line),
                       "Remove the line, or give it a text: each line gets one answer.");
    lines.push_back({std::string(text), line});
  }
  if (lines.empty()) throw UsageError("is empty", name, "Give one text a line.");
  return lines;
}

}  // namespace trainbus::tasks
