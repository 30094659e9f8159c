// A table with commas, and the same bytes as one with tabs: refused, or written as a CSV file it
// reads as the same cells.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/io/error.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/own_output.hpp"
#include "fuzz/table_cells.hpp"

using namespace trainbus;
using tasks::TableFormat;

namespace {

std::string csv(const fuzz::Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (const std::string& cell : row) {
      text += '"';
      for (const char c : cell) text.append(c == '"' ? 2 : 1, c);
      text += "\",";
    }
    text.back() = '\n';
  }
  return text;
}

void read(std::string_view text, TableFormat format) try {
  const fuzz::Rows rows = fuzz::rows_of(tasks::parse_table(text, format, "table"));
  const auto again = [&] { return tasks::parse_table(csv(rows), TableFormat::Csv, "again"); };
  if (fuzz::rows_of(fuzz::own_output(again)) != rows) std::abort();
} catch (const UsageError&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read(text, TableFormat::Csv);
  read(text, TableFormat::Tsv);
  return 0;
}
