// A run as the report sees it, read once from its folder. Plain data.
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

// The progress of a run: at step[i] it had trained for seconds[i] with forwards[i] forward passes.
struct Clock {
  std::vector<double> step;
  std::vector<double> seconds;   // since the first record, without pauses between attempts
  std::vector<double> forwards;  // 0: unknown
};

// The metrics of a run: each step once, from its latest attempt.
struct Metrics {
  std::map<std::string, Series> series;
  Clock clock;
  std::string file;               // source; empty: the run has no metrics file
  std::uint64_t total_steps = 0;  // planned; 0: unknown
  std::uint32_t attempts = 0;
  std::string end_reason;          // of on_train_end, if the file has it
  std::vector<std::string> notes;  // for users: incomplete, skipped lines; exceptions
  bool empty() const { return series.empty(); }
};

// How a run ended, or that it is running.
struct Ending {
  // completed, stopped, interrupted, failed: recorded. running: its folder is locked by a process.
  // unknown: neither, so it was killed, or was written before ends were recorded.
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
