// What holds for every table that was read: as many cells in each row as there are columns, and
// lines that only go up.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "tasks/data/table.hpp"

namespace trainbus::fuzz {

using Rows = std::vector<std::vector<std::string>>;

// The header, then the rows.
inline Rows rows_of(const tasks::Table& table) {
  Rows rows = {table.columns()};
  for (std::size_t i = 0; i < table.row_count(); ++i) {
    if (table.line(i) == 0 || (i > 0 && table.line(i) < table.line(i - 1))) std::abort();
    rows.emplace_back();
    for (std::size_t k = 0; k < table.columns().size(); ++k)
      rows.back().emplace_back(table.cell(i, k));
  }
  return rows;
}

}  // namespace trainbus::fuzz
