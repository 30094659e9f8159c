// Prompt templates: "Review: {text}\nSentiment:" with the values of a row is a prompt;
// "{premise|rstrip}" is a value that filters change.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "tasks/data/table.hpp"
#include "tasks/prompt_classification/template_filters.hpp"

namespace trainbus::tasks {

struct PromptTemplate {
  // Literal text, or the value of a column if column is not empty.
  struct Piece {
    std::string literal;
    std::string column;
    std::vector<TemplateFilter> filters = {};
    std::string written = {};  // all that the braces hold, if there are filters
  };
  std::vector<Piece> pieces;
};

// Parses a template. {name} is replaced by the value of a column, without white space around it;
// {name|filter|filter} by what the filters make of it (template_filters.hpp); {{ and }} are braces;
// \n, \t, \\ and "\ " are line break, tab, backslash and a blank; literal line breaks and tabs are
// kept. Throws UsageError for an unmatched brace, an empty name, an unknown escape and filters that
// parse_filters refuses. where: the option, for messages.
TRAINBUS_EXPORT PromptTemplate parse_template(std::string_view text, std::string_view where);

// Parses the `template` option of classification.
// text_column: the column of {text}, which must occur exactly once, since it is the part that is
// cut when a prompt is too long. Other columns may occur any number of times. Throws UsageError as
// parse_template does, for a template without {text} or with two of them, and for put_option: there
// are no options.
TRAINBUS_EXPORT PromptTemplate parse_prompt_template(std::string_view text,
                                                     std::string_view text_column,
                                                     std::string_view where = "--task.template");

// The column of the table that each piece names; 0 for literal ones. Throws UsageError for a column
// that there is not, and where the table has a column whose name is all of {name|filter}. where:
// the option, for messages.
// reserved: names that are no columns.
TRAINBUS_EXPORT std::vector<std::size_t> template_columns(
    const Table& table, const PromptTemplate& prompt, std::string_view where,
    std::span<const std::string_view> reserved = {});

}  // namespace trainbus::tasks
