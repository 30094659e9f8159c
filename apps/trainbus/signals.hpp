// Ctrl-C and its kin: the first asks the run to end in order, the second to end without saving, the
// third ends the process at once. SIGUSR1 asks for a checkpoint.
#pragma once

#include <atomic>
#include <thread>

#include "core/io/requests.hpp"

namespace trainbus::cli {

// Watches SIGINT, SIGTERM, SIGUSR1 and SIGHUP from a thread of its own, so that nothing runs inside
// a signal handler. Make it before any other thread: they inherit the blocked signals. A signal
// that was ignored when the process began stays ignored. SIGHUP, a terminal that has gone away,
// ends nothing: the log says that the run goes on, and how to end it.
class SignalWatch {
 public:
  // Throws RunError if the system refuses.
  explicit SignalWatch(Requests& requests);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  int received() const { return received_; }  // the first signal's number, or 0

 private:
  void heed(int signal, Requests& requests);
  void watch(Requests& requests);

  std::atomic<int> received_ = 0;
  int count_ = 0;  // of signals that end
  int signal_fd_ = -1, end_fd_ = -1;
  std::thread thread_;
};

// Ends the process by this signal's default action, so that the caller's shell sees 130 or 143.
[[noreturn]] void end_by_signal(int signal);

}  // namespace trainbus::cli
