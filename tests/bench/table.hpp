// Common code of the benchmarks: medians, a table on stdout, JSON in a file.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace trainbus::bench {

inline double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Rows of (what, value, unit); written to the file that --json names.
class Results {
 public:
  Results(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; ++i)
      if (!std::strcmp(argv[i], "--json")) file_ = argv[i + 1];
  }
  void add(const std::string& what, double value, const std::string& unit) {
    std::printf("%-58s %12.3f %s\n", what.c_str(), value, unit.c_str());
    std::fflush(stdout);
    record(what, value, unit);
  }
  // Without printing it.
  void record(const std::string& what, double value, const std::string& unit) {
    rows_.push_back({{"what", what}, {"value", value}, {"unit", unit}});
  }
  ~Results() {
    if (!file_.empty()) std::ofstream(file_) << boost::json::serialize(rows_) << "\n";
  }

 private:
  std::string file_;
  boost::json::array rows_;
};

}  // namespace trainbus::bench
