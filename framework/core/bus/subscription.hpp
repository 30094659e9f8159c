// An observer's subscription: the observer, its connections, and its statistics. Private to the
// bus.
#pragma once

#include <boost/signals2/connection.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/bus/float_environment.hpp"
#include "core/bus/observer.hpp"

namespace trainbus {

struct Subscription {
  explicit Subscription(std::shared_ptr<Observer> who);

  std::shared_ptr<Observer> observer;  // null once it has left
  bool leaving = false;                // removed or taken; its name is free
  bool connected = false;              // events reach it
  bool begun = false;                  // it was there at the current run's TrainBegin
  int strikes = 0;                     // failures in a row
  std::int64_t backlog_ns = 0;         // time in its calls since the bus thread was last idle
  FilterState filter;
  Event own;  // a metric observer's copy of the event, which it adds its numbers to
  ObserverReport report;
  std::vector<boost::signals2::scoped_connection> connections;

  bool present() const { return observer && !leaving; }
  bool live() const { return present() && !report.quarantined; }
  bool metric() const { return report.role == Role::Metric; }

  void count_success(std::int64_t ns, std::uint64_t step);
  // Counts and logs a failure; returns whether it leads to quarantine.
  bool count_failure(std::string_view message, std::int64_t ns, std::uint64_t step);
  // Ends delivery to it, with one line in the log. why: "it cannot keep up".
  void quarantine(std::string_view why, std::uint64_t step);
  // Quarantines an observer whose call did not return.
  void abandon(std::chrono::nanoseconds waited, std::uint64_t step);
  void warn_of_float_change();
  // Logs what is odd about its options in the run that this on_train_begin begins.
  void warn_of_options(const Event& train_begin);

 private:
  void count_call(std::int64_t ns);
  std::set<std::string, std::less<>> messages_;  // those that were logged
  bool warned_of_float_change_ = false;
};

// Measures successive calls with one clock reading each.
class CallClock {
 public:
  CallClock() : last_(std::chrono::steady_clock::now()) {}
  std::chrono::steady_clock::time_point last() const { return last_; }
  std::int64_t lap_ns() {
    const auto now = std::chrono::steady_clock::now();
    const auto lap = std::chrono::duration_cast<std::chrono::nanoseconds>(now - last_);
    last_ = now;
    return lap.count();
  }

 private:
  std::chrono::steady_clock::time_point last_;
};

}  // namespace trainbus
