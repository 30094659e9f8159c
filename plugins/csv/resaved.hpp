// A metrics.csv that another program, a spreadsheet mostly, has opened and saved between two
// attempts of a run.
#pragma once

#include <string>
#include <string_view>

enum class TableForm {
  Ours,       // as it is written here; or no table of ours at all
  Resaved,    // with a byte-order mark, CRLF, or quotes around cells: the same numbers
  Separated,  // with ';' or tabs between cells: its numbers may have decimal commas
};
// begin: how the file begins, its first line at least.
TableForm form_of(std::string_view begin);

// A resaved table with LF, commas, and quotes only where a cell needs them.
std::string as_written_here(std::string_view table);
