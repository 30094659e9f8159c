// internal: one round of judging, which the threads and the thread that waits for them share.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/reward/judges.hpp"

namespace trainbus {

// A thread that never returns from the plugin keeps the round alive, and uses nothing else of the
// caller's: `items` and `progress` are only used while the caller waits for that thread. Any
// thread.
class JudgingRound {
 public:
  using Clock = std::chrono::steady_clock;

  JudgingRound(std::span<const RewardItem> items, JudgingProgress* progress, std::size_t seats)
      : items_(items), progress_(progress), rewards_(items.size()), seats_(seats) {}

  // What the thread of a seat does: judges items until none is left, one failed, or it is too late.
  void work(std::size_t seat, RewardInstance& instance);
  // The thread of this seat judges no more, or could not be started.
  void leave(std::size_t seat);
  // Waits until each thread has left or exceeded the limit for its item. Returns the seats of those
  // that exceeded it.
  std::set<std::size_t> wait(std::chrono::nanoseconds limit);

  // After wait().
  const std::vector<double>& rewards() const { return rewards_; }
  // Reasons by item.
  const std::map<std::size_t, std::string>& failures() const { return failures_; }

 private:
  struct Seat {
    std::size_t item = 0;
    std::optional<Clock::time_point> since;  // of the plugin's call
    bool has_left = false, is_late = false;
  };
  std::optional<std::size_t> take(std::size_t seat);
  double judge(std::size_t seat, std::size_t item, RewardInstance& instance);
  bool is_over() const;

  const std::span<const RewardItem> items_;
  JudgingProgress* const progress_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<double> rewards_;
  std::map<std::size_t, std::string> failures_;
  std::vector<Seat> seats_;
  std::size_t next_ = 0;
};

}  // namespace trainbus
