// Text as every use of it prepares it, and text files as they come: read whole and checked, or
// named by what they are where they hold no text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// A value as training, evaluation and prediction use it: without white space around it. What stands
// inside stays as it is, line breaks, tabs and NUL characters included.
TRAINBUS_EXPORT std::string_view prepare_text(std::string_view text);

// The text of a file's bytes: UTF-8 without the byte order mark that may stand before it. name is
// for messages. Throws UsageError for a file of another kind, which is known by its first bytes
// (Parquet, Excel, gzip, UTF-16, a git-lfs pointer, …) and named together with the command that
// makes text of it, and, with the line, for bytes that are not UTF-8.
TRAINBUS_EXPORT std::string_view text_of_bytes(std::string_view bytes, const std::string& name);

// Reads a whole file; text_of_bytes gives its text. Throws UsageError if there is no such file, if
// it is a folder, or if it cannot be read. A pipe is read to its end.
TRAINBUS_EXPORT std::string read_bytes(const std::filesystem::path& path);

// One line of a file of texts.
struct TextLine {
  std::string text;  // prepared
  std::uint64_t line = 0;
};

// The texts of a file that holds one a line; lines end with LF or CRLF. Throws UsageError as
// text_of_bytes does, for an input without any line, and, with its line, for a line without text
// and for a carriage return that ends no line: the answers are to be as many as the lines.
TRAINBUS_EXPORT std::vector<TextLine> text_lines(std::string_view bytes, const std::string& name);

}  // namespace trainbus::tasks
