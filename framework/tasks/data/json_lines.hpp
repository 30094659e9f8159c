// Tables as JSON lines: one flat object a line.
#pragma once

#include <string>
#include <string_view>

#include "tasks/data/table.hpp"

namespace trainbus::tasks {

// The first object names the columns; all others have the same keys, in any order. Strings are
// unescaped, numbers stand as they were written ("1.50"), bools are true and false, null is an
// empty cell. Blank lines are skipped. Throws UsageError with the line for what is not such an
// object: bad JSON, another value, arrays or objects inside, a key twice, a key missing or unknown.
Table parse_json_lines(std::string_view text, std::string name);

}  // namespace trainbus::tasks
