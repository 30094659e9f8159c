// Tables with a separator: CSV as RFC 4180 defines it, TSV as IANA's text/tab-separated-values
// does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tasks/data/table.hpp"

namespace trainbus::tasks {

// The first row names the columns. Lines end with LF or CRLF; blank lines are skipped; text is
// UTF-8. Both throw UsageError with the line for a row with another number of cells than the header
// and for a lone carriage return outside quotes.

// CSV: a cell in quotation marks may hold separators, line breaks and doubled quotation marks. A
// mark inside an unquoted cell, text after a closing mark and a cell that is never closed are
// refused. separator: none: that of a first line "sep=;", else the comma.
Table parse_csv(std::string_view text, std::string name,
                std::optional<char> separator = std::nullopt);

// TSV: quotation marks are ordinary characters, so no cell holds a tab or a line break.
Table parse_tsv(std::string_view text, std::string name);

// Throws UsageError if the name of a table's only column contains a likely separator. where: of the
// header.
void suggest_separator(std::string_view only_column, const std::string& where);

}  // namespace trainbus::tasks
