// Prompt templates: "Review: {text}\nSentiment:" with the values of a row is a prompt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

struct PromptTemplate {
  // Literal text, or the value of a column if column is not empty.
  struct Piece {
    std::string literal;
    std::string column;
  };
  std::vector<Piece> pieces;
};

// Parses the `template` option. {name} is replaced by the value of a column; {{ and }} are braces;
// \n, \t and \\ are line break, tab and backslash; literal line breaks and tabs are kept.
// text_column: the column of {text}, which must occur exactly once, since it is the part that is
// cut when a prompt is too long. Other columns may occur any number of times. Throws UsageError for
// an unmatched brace, an empty name, an unknown escape, and a template without {text} or with two
// of them. where: the option, for messages.
TRAINBUS_EXPORT PromptTemplate parse_prompt_template(std::string_view text,
                                                     std::string_view text_column,
                                                     std::string_view where = "--task.template");

}  // namespace trainbus::tasks
