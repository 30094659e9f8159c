// Tables as JSON: an object a row.
#pragma once

#include <string>
#include <string_view>

#include "tasks/data/table.hpp"

namespace trainbus::tasks {

// Objects, one a line (JSON lines), over several lines (pretty-printed), or as the elements of one
// array. Every key is a column; a row without a key has no value there. Strings are unescaped,
// numbers stay as they are written ("1.50"), bools are true and false; null is no value, and so is
// NaN, which Python writes. An array or an object as a value, and a key twice in one object, are
// refused only when their column is asked for. Throws UsageError with the line for bad JSON and for
// what is no object.
Table parse_json_table(std::string_view text, std::string name);

}  // namespace trainbus::tasks
