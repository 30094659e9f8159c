// metrics.csv: rows are appended, columns are added when a metric appears late, and a resumed run
// continues the table without duplicates.
#pragma once

#include <trainbus/plugin.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Columns: step, epoch, wall_time (Unix seconds), attempt, then metrics: those declared at the
// start in their order, then late ones as they appear. Every row has all columns; a missing value
// is an empty field. Each row is one write. All functions throw std::runtime_error and can be
// called once more: a call that failed left the file unchanged.
//
// For a late metric the table is rewritten, atomically, which needs disk space for both versions.
// If that fails, rows are written without the metric, and the rewrite is tried later.
class Table {
 public:
  static constexpr std::uint64_t largest_rewrite = 64 << 20;  // bytes
  static constexpr std::size_t most_late_columns = 1000;      // each may cost a rewrite

  // Opens path, or the newest of its continuations path-2, path-3, … Refuses a file that this sink
  // did not write. rewrite_limit: a larger file is not rewritten but continued in another one.
  Table(const trainbus::Host& host, std::string_view path,
        std::uint64_t rewrite_limit = largest_rewrite);

  // Declares the run's metrics and the step that it starts after. Rows that an earlier attempt
  // wrote for later steps are moved to NAME.orphaned-ATTEMPT.csv.
  void begin(const trainbus::Event& train_begin);
  // Appends the event as a row. Of a replayed event only values that the table lacks are added.
  void write(const trainbus::Event& event);
  void sync() { file().sync(); }
  // At the end of the run: syncs, and warns if values are missing from the rows.
  void finish();
  void sync_every(double seconds, const trainbus::Event& now) { file().sync_every(seconds, now); }
  const std::string& path() const { return path_; }

 private:
  std::string part_path(unsigned part) const;
  void undo_resaving(const std::string& path);
  trainbus::LineFile& file();
  void prepare();
  void adopt_part(unsigned part);
  void add_columns(const std::vector<std::string>& names);
  void add_late_columns(const trainbus::Event& event);
  void widen(const std::vector<std::string>& columns);
  bool collect(const trainbus::Event& event);
  std::size_t column_of(std::string_view name) const;
  std::string row_of(const trainbus::Event& event) const;
  std::string header_of(const std::vector<std::string>& columns) const;

  trainbus::Host host_;
  std::string base_path_;
  std::uint64_t rewrite_limit_;
  unsigned part_ = 1;  // number of the current file
  std::string path_;   // its path
  std::optional<trainbus::LineFile> file_;

  // From on_train_begin.
  bool prepared_ = false;
  std::vector<std::string> declared_;
  std::uint64_t initial_step_ = 0;
  std::uint32_t attempt_ = 1;

  std::vector<std::string> columns_;  // metrics, without the four fixed columns
  bool widened_ = false;
  std::size_t late_columns_ = 0;
  std::int64_t widen_after_ns_ = 0;  // in the run's time, after a failure
  std::uint64_t narrow_rows_ = 0;    // rows that lack the value of a late metric
  // Of the file that was found: its last step, and the columns that have a value there.
  std::uint64_t found_step_ = 0;
  std::set<std::string, std::less<>> found_at_step_;

  // Scratch of write(). Names are interned and keep their order, so the i-th scalar usually has the
  // same column as the i-th scalar of the previous event.
  std::vector<std::optional<double>> values_;
  std::vector<std::string> unknown_;
  std::vector<std::pair<const char*, std::size_t>> remembered_;
};
