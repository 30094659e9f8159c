#include "resaved.hpp"

#include <algorithm>
#include <vector>

#include "fields.hpp"
#include "recovery.hpp"

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_header(std::string_view line) {
  std::string text(line);
  text += '\n';
  std::vector<std::string> fields = first_record(text).fields;
  if (fields.size() < fixed_column_count) return false;
  std::string joined;
  for (std::size_t i = 0; i < fixed_column_count; ++i)
    joined.append(i == 0 ? "" : ",").append(fields[i]);
  return joined == fixed_columns;
}

}  // namespace

TableForm form_of(std::string_view begin) {
  const bool marked = begin.starts_with(byte_order_mark);
  if (marked) begin.remove_prefix(byte_order_mark.size());
  std::string_view line = begin.substr(0, begin.find('\n'));
  const bool has_return = line.ends_with('\r');
  if (has_return) line.remove_suffix(1);
  if (!is_header(line)) {
    std::string commas(line);
    std::ranges::replace(commas, line.find(';') != line.npos ? ';' : '\t', ',');
    return is_header(commas) ? TableForm::Separated : TableForm::Ours;
  }
  return marked || has_return || !line.starts_with(fixed_columns) ? TableForm::Resaved
                                                                  : TableForm::Ours;
}

std::string as_written_here(std::string_view table) {
  if (table.starts_with(byte_order_mark)) table.remove_prefix(byte_order_mark.size());
  std::string text(table), result;
  if (!text.ends_with('\n')) text += '\n';
  for (std::string_view rest = text; !rest.empty();) {
    Record record = first_record(rest);
    if (record.bytes == 0) break;  // an unfinished quotation: the rest is written anew
    if (record.fields.back().ends_with('\r')) record.fields.back().pop_back();
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      if (i > 0) result += ',';
      append_field(result, record.fields[i]);
    }
    result += '\n';
    rest.remove_prefix(record.bytes);
  }
  return result;
}
