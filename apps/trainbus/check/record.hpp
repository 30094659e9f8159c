// A trial's report to the process that started it, in shared memory, so that it survives if the
// trial's process dies.
#pragma once

#include <trainbus/plugin.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace trainbus::cli {

struct KindCost {
  std::uint64_t events = 0;
  std::int64_t total_ns = 0;
  std::int64_t worst_ns = 0;

  void add(std::int64_t ns) {
    ++events;
    total_ns += ns;
    worst_ns = std::max(worst_ns, ns);
  }
};

// Plain data for shared memory.
struct Record {
  // Where the plugin is right now.
  char doing[64] = "";     // "loading", "create", "on_step"; empty: not in the plugin's code
  std::uint64_t step = 0;  // of the current event
  // How the trial ended.
  bool finished = false;  // false: the process ended before the trial did
  bool refused = false;   // the request cannot be checked; problem has the reason
  bool does_not_apply = false;
  bool timed_out = false;
  char problem[1024] = "";  // empty: none
  // What was measured.
  KindCost cost[TB_KIND_COUNT];
  KindCost answers;         // of a reward
  bool heap_grows = false;  // with the answers
  std::uint64_t steps = 0;
  double heap_per_10000_steps = 0;  // growth in bytes during the run
  std::uint64_t bytes_written = 0;
  char requests[512] = "";  // requests of a control observer

  void enter(std::string_view what, std::uint64_t at_step = 0);
  void leave() { doing[0] = '\0'; }
};

// Copies text into a fixed buffer, cut with an ellipsis if it does not fit.
void put(char* buffer, std::size_t size, std::string_view text);

inline void Record::enter(std::string_view what, std::uint64_t at_step) {
  step = at_step;
  put(doing, sizeof doing, what);
}

}  // namespace trainbus::cli
