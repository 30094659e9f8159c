// Recognises a metrics.csv that another program, such as a spreadsheet, saved between two attempts
// of a run.
#pragma once

#include <string>
#include <string_view>

enum class TableForm {
  Ours,       // in the form that this sink writes; or another file
  Resaved,    // with a byte-order mark, CRLF, or quotes around cells: the same numbers
  Separated,  // with ';' or tabs between cells: its numbers may have decimal commas
};
// begin: the beginning of the file, at least its first line.
TableForm form_of(std::string_view begin);

// A resaved table with LF, commas, and quotes only where a cell needs them.
std::string as_written_here(std::string_view table);
