// A table as JSON lines: refused, or written with every value as a string it reads as the same
// cells.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/io/error.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/own_output.hpp"
#include "fuzz/table_cells.hpp"

using namespace trainbus;
using tasks::TableFormat;

namespace {

std::string json_lines(const fuzz::Rows& rows) {
  std::string text;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    boost::json::object object;
    for (std::size_t k = 0; k < rows[0].size(); ++k) object[rows[0][k]] = rows[i][k];
    text += boost::json::serialize(object) + "\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const fuzz::Rows rows =
        fuzz::rows_of(tasks::parse_table(fuzz::text_of(data, size), TableFormat::Json, "table"));
    const auto again = [&] {
      return tasks::parse_table(json_lines(rows), TableFormat::Json, "again");
    };
    if (fuzz::rows_of(fuzz::own_output(again)) != rows) std::abort();
  } catch (const UsageError&) {
  }
  return 0;
}
