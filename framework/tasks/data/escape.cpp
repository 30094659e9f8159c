#include "tasks/data/escape.hpp"

#include <string>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {

char read_escape(std::string_view text, std::size_t& at, std::string_view literal,
                 std::string_view where) {
  const std::size_t begin = at++;
  const char c = at < text.size() ? text[at] : '\0';
  if (c == 'n') return '\n';
  if (c == 't') return '\t';
  if (at < text.size() && (c == '\\' || literal.find(c) != std::string_view::npos)) return c;
  throw UsageError("unknown escape at " + quote(text.substr(begin), 10), where,
                   "Write \\n for a line break, \\t for a tab, \\\\ for a backslash.");
}

}  // namespace trainbus::tasks
