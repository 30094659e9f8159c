// Ctrl-C and its kin: the first asks the run to end in order, the second ends the process at once.
#pragma once

#include <atomic>
#include <thread>

#include "core/stop.hpp"

namespace trainbus::cli {

// Watches SIGINT, SIGTERM and SIGHUP from a thread of its own, so that nothing runs inside a signal
// handler. Make it before any other thread: they inherit the blocked signals. A signal that was
// ignored when the process began stays ignored. SIGHUP, a terminal that has gone away, ends nothing:
// the log says that the run goes on, and how to end it.
class SignalWatch {
 public:
  // Throws RunError if the system refuses.
  explicit SignalWatch(StopRequest& stop);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  int received() const { return received_; }  // the first signal's number, or 0

 private:
  void watch(StopRequest& stop);

  std::atomic<int> received_ = 0;
  int signal_fd_ = -1, end_fd_ = -1;
  std::thread thread_;
};

// Ends the process by this signal's default action, so that the caller's shell sees 130 or 143.
[[noreturn]] void end_by_signal(int signal);

}  // namespace trainbus::cli
