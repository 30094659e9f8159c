// The preparation that all uses of a text share, and reading text files: each is opened whole and
// checked, and a file of another kind is identified in the error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "core/io/spilled_vector.hpp"
#include "formats/mapped_file.hpp"

namespace trainbus::tasks {

// A value as training, evaluation and prediction use it: without leading and trailing white space,
// and otherwise unchanged, including line breaks, tabs and NUL characters.
TRAINBUS_EXPORT std::string_view prepare_text(std::string_view text);

// The text of a file's bytes: UTF-8, without a byte order mark. name is for messages. Throws
// UsageError for a file of another kind, identified by its first bytes (Parquet, Excel, gzip,
// UTF-16, a git-lfs pointer, …), with the command that converts it, and, with the line, for bytes
// that are not UTF-8.
TRAINBUS_EXPORT std::string_view text_of_bytes(std::string_view bytes, const std::string& name);

// What a file holds: a regular file is mapped, so that it may be larger than memory; a pipe was
// read to its end. Views are valid while it lives.
class FileBytes {
 public:
  explicit FileBytes(MappedFile file) : file_(std::move(file)) {}
  explicit FileBytes(SpilledVector<char> read) : read_(std::move(read)) {}
  std::string_view text() const {
    return file_ ? file_->text() : std::string_view(read_.data(), read_.size());
  }

 private:
  std::optional<MappedFile> file_;
  SpilledVector<char> read_;
};

// Opens a whole file; text_of_bytes gives its text. Throws UsageError if the file does not exist,
// is a folder or cannot be read. A pipe is read to its end.
TRAINBUS_EXPORT FileBytes open_bytes(const std::filesystem::path& path);
TRAINBUS_EXPORT std::string read_bytes(const std::filesystem::path& path);

// One line of a file of texts.
struct TextLine {
  std::string text;  // prepared
  std::uint64_t line = 0;
};

// Reads a file with one text per line; lines end with LF or CRLF. Throws UsageError as
// text_of_bytes does, for an input without lines, and, with its line, for a line without text and
// for a carriage return without a line feed: there must be one answer per line.
TRAINBUS_EXPORT std::vector<TextLine> text_lines(std::string_view bytes, const std::string& name);

}  // namespace trainbus::tasks
