// Run files: INI text with the run's own options first, then one section per plugin instance.
//
//     plugin = mezo            # repeatable lines
//     model  = models/opt-125m
//     [task]
//     template = "{text}\nSentiment:"
//     [mezo]
//     lr = 1e-6
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

struct RunFileEntry {
  std::string key;
  std::string value;  // unquoted and unescaped
  unsigned line = 0;
  std::string comment = {};  // the comment after the value, from its '#' on

  // Whether the comment may have been meant as a part of the value: no blank follows its '#'.
  bool ends_at_doubtful_comment() const {
    return comment.size() > 1 && comment[1] != ' ' && comment[1] != '\t';
  }
};

struct RunFileSection {
  std::string name;  // empty: what comes before the first section
  unsigned line = 0;
  std::vector<RunFileEntry> entries;
};

struct RunFile {
  std::string name;                      // as the user wrote it; empty: there is no file
  std::vector<RunFileSection> sections;  // the unnamed one first, always there

  // line 0: a value without a line of its own
  std::string place(unsigned line) const {
    return line == 0 ? name : name + ":" + std::to_string(line);
  }
};

// Rules. `key = value` on one line; blanks around both are dropped. `#` begins a comment at the
// start of a line or after a blank; a value that is nothing but a comment like "### x" is refused.
// A value in double quotes keeps its blanks and `#`, and knows the escapes \n \t \" \\ . A section
// may appear once. Keys may repeat here; the schema's owner checks that. Throws UsageError
// with name:line, what was found and what was expected.
TRAINBUS_EXPORT RunFile parse_run_file(std::string_view text, std::string name);

// Throws UsageError also if the file cannot be read or is no text.
TRAINBUS_EXPORT RunFile read_run_file(const std::filesystem::path& path);

}  // namespace trainbus
