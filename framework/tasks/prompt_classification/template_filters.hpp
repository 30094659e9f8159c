// The filters of a prompt's placeholders: {column|filter|filter(argument)}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// Changes of a value, made from left to right. White space and case are Python's
// (text/unicode.hpp).
struct TemplateFilter {
  enum class Kind : std::uint8_t {
    Raw,             // raw: keeps white space around the value, which is dropped without it; first
    Strip,           // strip: without white space around it
    RightStrip,      // rstrip: without white space at its end
    Lower,           // lower: in lower case
    UpperFirst,      // upper_first: its first character in upper case
    LowerFirstWord,  // lower_first_word: what is before its first blank in lower case, but for "I"
    DropLastPeriod,  // drop_last_period: without the '.' that it may end in
    QuestionMark,    // question_mark: with a '?' at its end, if it has none
    DashHighlights,  // dash_highlights: "- " for "@highlight" and a line end (ReCoRD)
    Map,             // map(effect: so ;cause: because ): the text that belongs to the value
    PutOption,       // put_option(@placeholder): the option at each place of the argument
  };
  struct Meaning {
    std::string value, text;
  };
  Kind kind = Kind::Raw;
  std::string marker;             // of put_option
  std::vector<Meaning> meanings;  // of map
};

// Where a row is, for messages; file null: unknown. The file must outlive it.
struct RowPlace {
  const std::string* file = nullptr;
  std::uint64_t line = 1;
  std::string text() const;  // "copa.jsonl:12"
};

// Parses "strip|lower|map(a:b;c:d)". In arguments \n and \t are line break and tab; a backslash
// before \ ; : ) | or a blank takes it as it is; blanks before a value of map are dropped, those of
// its text are kept. Throws UsageError for an unknown filter, naming the nearest one, for `raw`
// anywhere but first, and for missing, superfluous and empty arguments. where: the option, for
// messages.
TRAINBUS_EXPORT std::vector<TemplateFilter> parse_filters(std::string_view text,
                                                          std::string_view where);

// The value as a prompt has it. option: for put_option. Throws UsageError, with the row's place,
// for a value that map does not list.
TRAINBUS_EXPORT std::string filtered(std::string_view value,
                                     const std::vector<TemplateFilter>& filters,
                                     std::string_view option, RowPlace place);

}  // namespace trainbus::tasks
