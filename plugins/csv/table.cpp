#include "table.hpp"

#include <algorithm>
#include <exception>
#include <limits>

#include "fields.hpp"
#include "recovery.hpp"
#include "resaved.hpp"

namespace {

// No two columns have the same name, even if a metric has the name of a fixed column.
std::string column_name(std::string_view metric) {
  const auto fixed = split_row(fixed_columns);
  return std::string(std::ranges::count(fixed, metric) > 0 ? "metric/" : "").append(metric);
}

}  // namespace

Table::Table(const trainbus::Host& host, std::string_view path, std::uint64_t rewrite_limit)
    : host_(host), base_path_(path), rewrite_limit_(rewrite_limit) {
  while (host_.files().exists(part_path(part_ + 1))) ++part_;
  path_ = part_path(part_);
  for (unsigned part = 1; part <= part_; ++part) undo_resaving(part_path(part));
  file();
}

// A spreadsheet may have saved the table between two attempts. If only its form changed, the form
// is restored; if numbers may have changed, the file is set aside, and all rows are written anew.
void Table::undo_resaving(const std::string& path) {
  if (!host_.files().exists(path)) return;
  constexpr std::uint64_t longest_header = 1 << 20;
  std::string table;
  TableForm form = TableForm::Ours;
  {
    const trainbus::File file = host_.files().append_to(path);
    form = form_of(file.read(0, std::min(file.length(), longest_header)));
    if (form == TableForm::Ours) return;
    table = file.read(0, file.length());
  }
  if (form == TableForm::Resaved) {
    host_.files().replace(path, as_written_here(table));
    host_.warning(path +
                  " was saved by another program: its line ends and quotes are as before now");
    return;
  }
  const std::string aside = with_suffix(path, ".edited");
  host_.files().replace(aside, table);
  host_.files().replace(path, "");
  host_.warning(path + " was saved by another program with other separators: that is " + aside +
                " now, and all rows are written anew");
}

// metrics.csv, metrics-2.csv, …
std::string Table::part_path(unsigned part) const {
  return part == 1 ? base_path_ : with_suffix(base_path_, "-" + std::to_string(part));
}

trainbus::LineFile& Table::file() {
  if (!file_) file_.emplace(host_, path_, fixed_columns);
  return *file_;
}

void Table::begin(const trainbus::Event& event) {
  declared_.clear();
  for (const std::string_view name : event.metrics())
    if (std::string column = column_name(name); std::ranges::count(declared_, column) == 0)
      declared_.push_back(std::move(column));
  initial_step_ = event.step();
  if (const auto step = event.find("initial_step"))
    initial_step_ = static_cast<std::uint64_t>(*step);
  attempt_ = event.attempt();
  prepared_ = false;
  prepare();
}

void Table::prepare() {
  if (prepared_) return;
  found_step_ = 0;
  found_at_step_.clear();
  for (unsigned part = 1; part <= part_; ++part) adopt_part(part);
  if (file().length() == 0) {
    file().write(header_of(declared_));
    columns_ = declared_;
  } else {
    add_columns(declared_);
  }
  prepared_ = true;
}

// Reads a file of an earlier attempt: removes the rows that this attempt will write, and finds its
// columns and its last step.
void Table::adopt_part(unsigned part) {
  std::optional<trainbus::LineFile> other;
  if (part != part_) other.emplace(host_, part_path(part), fixed_columns);
  trainbus::LineFile& lines = other ? *other : file();

  const Found found = examine(lines, initial_step_, attempt_);
  if (found.keep < lines.length()) {
    const std::string moved = with_suffix(lines.path(), ".orphaned-" + std::to_string(attempt_));
    const std::string tail = lines.read(found.keep, lines.length() - found.keep);
    if (found.keep > 0) {
      host_.files().replace(moved, lines.read(0, found.header_bytes) + tail);
      host_.warning(lines.path() + ": rows after step " + std::to_string(initial_step_) +
                    " or damaged were moved to " + moved);
    }
    lines.truncate(found.keep);
  }
  columns_ = found.columns;
  if (found.at_last_step.empty()) return;  // no row; step 0 can have some
  found_step_ = found.last_step;
  found_at_step_ = {found.at_last_step.begin(), found.at_last_step.end()};
}

void Table::write(const trainbus::Event& event) {
  prepare();
  if (!collect(event)) return;
  if (!unknown_.empty()) add_late_columns(event);
  file().write(row_of(event));
  narrow_rows_ += !unknown_.empty();
}

// Adds columns for unknown_; if that is not possible, the row is written without them.
void Table::add_late_columns(const trainbus::Event& event) {
  constexpr std::int64_t pause_ns = 30'000'000'000;
  if (event.run_ns() < widen_after_ns_) return;
  std::string problem;
  if (late_columns_ + unknown_.size() > most_late_columns) {
    problem = "more than " + std::to_string(most_late_columns) + " metrics came late";
    widen_after_ns_ = std::numeric_limits<std::int64_t>::max();
  } else {
    try {
      add_columns(unknown_);
      late_columns_ += unknown_.size();
      collect(event);
      return;
    } catch (const std::exception& failure) {
      problem = failure.what();
      widen_after_ns_ = event.run_ns() + pause_ns;
    }
  }
  if (narrow_rows_ == 0)
    host_.warning(path_ + " has no column for " + unknown_.front() +
                  ", which was not declared at the start, and cannot be rewritten: " + problem);
}

void Table::finish() {
  if (narrow_rows_ > 0)
    host_.warning(path_ + ": " + std::to_string(narrow_rows_) +
                  (narrow_rows_ == 1 ? " row lacks" : " rows lack") +
                  " values of metrics that were not declared at the start");
  sync();
}

// Fills values_ and unknown_; false if the event has no new values: it was replayed, or it is an
// evaluation whose metrics were all left out.
bool Table::collect(const trainbus::Event& event) {
  if (event.scalars().empty()) return false;
  const bool again = event.phase() == trainbus::Phase::CatchUp;
  if (again && event.step() < found_step_) return false;
  const bool maybe_there = again && event.step() == found_step_;

  values_.assign(columns_.size(), std::nullopt);
  unknown_.clear();
  const auto scalars = event.scalars();
  remembered_.resize(std::max(remembered_.size(), scalars.size()));
  bool any = !maybe_there;
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    const auto [name, value] = scalars[i];
    if (maybe_there && found_at_step_.contains(column_name(name))) continue;
    any = true;
    auto& [known_name, column] = remembered_[i];
    if (known_name != name.data()) {
      std::string wanted = column_name(name);
      const std::size_t at = column_of(wanted);
      if (at == columns_.size()) {
        unknown_.push_back(std::move(wanted));
        continue;
      }
      known_name = name.data();
      column = at;
    }
    values_[column] = value;
  }
  return any;
}

std::size_t Table::column_of(std::string_view name) const {
  return static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), name) -
                                  columns_.begin());
}

std::string Table::row_of(const trainbus::Event& event) const {
  std::string row;
  trainbus::append_number(row, event.step());
  row += ',';
  trainbus::append_number(row, event.epoch());
  row += ',';
  trainbus::append_seconds(row, event.unix_ns());
  row += ',';
  trainbus::append_number(row, event.attempt());
  for (const std::optional<double>& value : values_) {
    row += ',';
    if (value) trainbus::append_number(row, *value);
  }
  return row;
}

std::string Table::header_of(const std::vector<std::string>& columns) const {
  std::string header(fixed_columns);
  for (const std::string& name : columns) {
    header += ',';
    append_field(header, name);
  }
  return header;
}

void Table::add_columns(const std::vector<std::string>& names) {
  std::vector<std::string> wide = columns_;
  for (const std::string& name : names)
    if (std::find(wide.begin(), wide.end(), name) == wide.end()) wide.push_back(name);
  if (wide.size() == columns_.size()) return;
  widen(wide);
  remembered_.clear();
}

void Table::widen(const std::vector<std::string>& wide) {
  const std::string old_path = path_;
  const std::string header = header_of(wide);
  if (file().length() <= rewrite_limit_) {
    const std::string padding(wide.size() - columns_.size(), ',');
    host_.files().replace(path_, widened(file().read(0, file().length()), header, padding));
  } else {
    const std::string next = part_path(part_ + 1);
    host_.files().replace(next, header + '\n');
    path_ = next;
    ++part_;
  }
  columns_ = wide;
  file_.reset();  // it refers to the file that was replaced
  if (std::exchange(widened_, true)) return;
  host_.warning(old_path + ": metric " + wide.back() + " was not declared at the start; " +
                (path_ == old_path ? "the table was rewritten with a column for it"
                                   : "the table is continued in " + path_));
}
