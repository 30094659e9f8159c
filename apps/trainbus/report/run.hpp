// A run as the report sees it: what its folder says, read once. Plain data.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace trainbus::report {

// One number over the steps; steps increase strictly.
struct Series {
  std::vector<double> step;
  std::vector<double> value;  // NaN and infinities as they were written
};

// When steps were done: at step[i] the run had been training for seconds[i] and forwards[i] passes.
struct Clock {
  std::vector<double> step;
  std::vector<double> seconds;   // from the first record on, pauses between attempts left out
  std::vector<double> forwards;  // 0 where the run does not say
};

// What the sinks wrote of a run: each step once, as its latest attempt had it.
struct Metrics {
  std::map<std::string, Series> series;
  Clock clock;
  std::string file;               // the one it was read from; empty: the run has none
  std::uint64_t total_steps = 0;  // planned; 0: not said
  std::uint32_t attempts = 0;
  std::string end_reason;          // of on_train_end, where the file has it
  std::vector<std::string> notes;  // for people: what was torn, skipped or thrown
  bool empty() const { return series.empty(); }
};

// How a run ended, or that it did not.
struct Ending {
  // completed, stopped, interrupted, failed: recorded. running: its folder is locked by a process.
  // unknown: neither, so it was killed, or is older than the record.
  std::string kind;
  std::string sentence;  // "stopped at step 170 by early-stopping: …"
};

struct Run {
  std::string name;  // unique in the report
  std::filesystem::path folder;
  boost::json::object record;  // run.json
  Metrics metrics;
  Ending ending;
};

}  // namespace trainbus::report
