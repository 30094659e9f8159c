#include "tasks/data/json_table.hpp"

#include <utility>

#include "tasks/data/json_objects.hpp"

namespace trainbus::tasks {

Table parse_json_table(std::string_view text, std::string name) {
  Table table(name, {});
  JsonObjects objects(text, name);
  std::vector<Cell> cells;
  while (std::optional<JsonRow> row = objects.next()) {
    cells.assign(table.columns().size(), Cell());
    for (std::size_t i = 0; i < row->keys.size(); ++i) {
      const std::optional<std::size_t> known = table.find_column(row->keys[i]);
      const std::size_t column = known ? *known : table.add_column(std::move(row->keys[i]));
      if (column >= cells.size()) cells.resize(column + 1);
      cells[column] = std::move(row->values[i]);
    }
    table.append(cells, row->line);
  }
  return table;
}

}  // namespace trainbus::tasks
