// Tables as JSON: one object per row.
#pragma once

#include <string>
#include <string_view>

#include "tasks/data/table.hpp"

namespace trainbus::tasks {

// Objects, one per line (JSON lines), over several lines (pretty-printed), or as the elements of
// one array. Every key is a column; a row without a key has no value there. Strings are unescaped,
// numbers stay as they are written ("1.50"), bools are true and false; null is no value, and so is
// NaN, which Python writes. An array or an object as a value, and a key twice in one object, are
// refused only when their column is used. Throws UsageError with the line for bad JSON and for
// anything that is not an object.
Table parse_json_table(std::string_view text, std::string name);

}  // namespace trainbus::tasks
