// Collects the records of a metrics file into series, in the order of the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "report/run.hpp"

namespace trainbus::report {

// What every record begins with.
struct RecordHead {
  double step = 0;
  double unix_s = 0;
  std::uint32_t attempt = 1;
};

// Whether a run can have had such a step at such a time: what else is read may rely on it.
bool is_plausible(const RecordHead& head);

// A record supersedes what the file had at its step and later: that was an attempt that died.
class Recorder {
 public:
  // Goes on from what metrics hold already: the file before.
  explicit Recorder(Metrics& metrics);

  // Before the values of a record. is_step: a training step, which the clock counts.
  void begin(const RecordHead& head, bool is_step);
  void add(std::string_view name, double value);
  // A run went on after this step: whatever was written past it was lost with the attempt.
  void resume(const RecordHead& head);
  // A line of the file that cannot be read; the number counts from 1.
  void skip_line(std::size_t number);
  void finish();  // puts the count of skipped lines into the notes

 private:
  void advance_clock(const RecordHead& head);

  Metrics& metrics_;
  RecordHead now_;
  bool is_step_ = false;
  double last_unix_s_ = 0, seconds_ = 0;
  std::size_t skipped_ = 0, first_skipped_ = 0;
};

}  // namespace trainbus::report
