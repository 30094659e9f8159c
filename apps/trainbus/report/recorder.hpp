// Collects the records of a metrics file into series, in the order of the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "report/run.hpp"

namespace trainbus::report {

// The fields of every record.
struct RecordHead {
  double step = 0;
  double unix_s = 0;
  std::uint32_t attempt = 1;
};

// Whether step and time are plausible; other code relies on it.
bool is_plausible(const RecordHead& head);

// A record supersedes earlier records of its step and later ones: they are from an attempt that was
// killed.
class Recorder {
 public:
  // Continues after the content of metrics, from the previous file.
  explicit Recorder(Metrics& metrics);

  // Call it before the values of a record. is_step: a training step, whose time is counted.
  void begin(const RecordHead& head, bool is_step);
  void add(std::string_view name, double value);
  // A run was resumed after this step: later records belong to an attempt that was lost.
  void resume(const RecordHead& head);
  // A line of the file that cannot be read; number: from 1.
  void skip_line(std::size_t number);
  void finish();  // adds the number of skipped lines to the notes

 private:
  void advance_clock(const RecordHead& head);

  Metrics& metrics_;
  RecordHead now_;
  bool is_step_ = false;
  double last_unix_s_ = 0, seconds_ = 0;
  std::size_t skipped_ = 0, first_skipped_ = 0;
};

}  // namespace trainbus::report
