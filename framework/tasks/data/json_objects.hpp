// The objects of a JSON text, one after the other, each with the line where it begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/data/table.hpp"

namespace trainbus::tasks {

struct JsonRow {
  std::vector<std::string> keys;  // each once
  std::vector<Cell> values;       // of each key
  std::uint64_t line = 0;
};

// Reads the forms that parse_json_table describes. text and name must outlive it.
class JsonObjects {
 public:
  JsonObjects(std::string_view text, const std::string& name);
  // The next object; none at the end. Throws UsageError with the line.
  std::optional<JsonRow> next();

 private:
  enum class Form { Lines, Spread, Array };  // Spread: objects over several lines

  std::optional<JsonRow> next_line();
  std::optional<JsonRow> next_object();
  bool skip_to_element();
  void skip(std::size_t bytes);
  void skip_blanks();

  std::string_view rest_;
  const std::string& name_;
  Form form_ = Form::Lines;
  bool first_ = true;
  std::uint64_t line_ = 1;
};

}  // namespace trainbus::tasks
