// Reads a metrics.csv that an earlier attempt wrote.
#pragma once

#include <trainbus/plugin.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The beginning of every file that this sink writes.
inline constexpr std::string_view fixed_columns = "step,epoch,wall_time,attempt";
inline constexpr std::size_t fixed_column_count = 4;

struct Found {
  std::vector<std::string> columns;  // of metrics
  std::uint64_t header_bytes = 0;
  // The length that an attempt keeps if it starts after initial_step: up to the first row of a
  // later step, or the first line that is no row of this table.
  std::uint64_t keep = 0;
  std::uint64_t last_step = 0;            // of the rows kept; 0: none
  std::vector<std::string> at_last_step;  // columns that have a value there
};
// Rows are in the order of their steps, so the rows to remove are at the end.
Found examine(const trainbus::LineFile& lines, std::uint64_t initial_step, std::uint32_t attempt);

// The whole table with another header, each row padded.
std::string widened(std::string_view table, std::string_view header, std::string_view padding);

// metrics.csv and -2 give metrics-2.csv.
std::string with_suffix(std::string_view path, std::string_view suffix);
