// Alternating measurements: each entry runs once per round, so that drift of the machine affects
// all alike.
#pragma once

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "table.hpp"

namespace trainbus::bench {

class Rounds {
 public:
  // work: runs once and returns the seconds that count.
  void add(const std::string& name, std::function<double()> work) {
    entries_.push_back({name, std::move(work), {}});
  }
  void run(int rounds) {
    for (Entry& entry : entries_) entry.work();  // to warm up
    for (int round = 0; round < rounds; ++round) {
      for (Entry& entry : entries_) entry.seconds.push_back(entry.work());
      std::fprintf(stderr, "round %d of %d\n", round + 1, rounds);
    }
  }
  double median_s(const std::string& name) const { return median(find(name).seconds); }
  // The median over the rounds of one's time over another's in the same round.
  double ratio(const std::string& above, const std::string& below) const {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < find(above).seconds.size(); ++i)
      ratios.push_back(find(above).seconds[i] / find(below).seconds[i]);
    return median(ratios);
  }
  // Calls each(name, median seconds) in the order of adding.
  template <class Each>
  void for_each(const Each& each) const {
    for (const Entry& entry : entries_) each(entry.name, median(entry.seconds));
  }

 private:
  struct Entry {
    std::string name;
    std::function<double()> work;
    std::vector<double> seconds;
  };
  const Entry& find(const std::string& name) const {
    return *std::find_if(entries_.begin(), entries_.end(),
                         [&](const Entry& entry) { return entry.name == name; });
  }
  std::vector<Entry> entries_;
};

}  // namespace trainbus::bench
