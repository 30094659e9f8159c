// An observer's place on the bus: the observer, its connections, and the account of how it fares.
// Private to the bus.
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
  bool begun = false;                  // the current run's TrainBegin has passed it
  int strikes = 0;                     // failures in a row
  std::int64_t backlog_ns = 0;         // time in its calls since the bus thread had nothing to do
  FilterState filter;
  Event own;  // a metric observer's copy of the event, which it adds its numbers to
  ObserverReport report;
  std::vector<boost::signals2::scoped_connection> connections;

  bool present() const { return observer && !leaving; }
  bool live() const { return present() && !report.quarantined; }
  bool metric() const { return report.role == Role::Metric; }

  void count_success(std::int64_t ns, std::uint64_t step);
  // Counts, logs, and says whether this was one failure in a row too many.
  bool count_failure(std::string_view message, std::int64_t ns, std::uint64_t step);
  // Ends delivery to it, with one line in the log. why: "it cannot keep up".
  void quarantine(std::string_view why, std::uint64_t step);
  // The same for one whose call did not return.
  void abandon(std::chrono::nanoseconds waited, std::uint64_t step);
  void warn_of_float_change();
  // Says what is odd about its options for the run that this on_train_begin begins.
  void warn_of_options(const Event& train_begin);

 private:
  void count_call(std::int64_t ns);
  std::set<std::string, std::less<>> messages_;  // logged ones
  bool warned_of_float_change_ = false;
};

// Measures calls that follow each other with one clock reading each.
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
