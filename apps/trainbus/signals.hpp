// Signals that a run gets: the first that ends asks for an end in order, the second for an end
// without saving, the third ends the process at once. SIGUSR1 asks for a checkpoint.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "core/io/requests.hpp"

namespace trainbus::cli {

// Takes signals in a thread of its own, so that nothing runs inside a signal handler. Make it
// before any other thread: they inherit the blocked signals. A signal that was ignored when the
// process began stays ignored.
//
//     SIGINT, SIGTERM    end: see above. The same one again within a second is the same wish
//     SIGUSR2, SIGXCPU   notices of schedulers and of CPU limits: end in order, however often
//     SIGUSR1            a checkpoint
//     SIGHUP             the terminal has gone away: the run goes on, and the log says how to end
//     it SIGQUIT            is left alone: Ctrl-\ ends the process at once, with a core dump
class SignalWatch {
 public:
  // Throws RunError if the system refuses.
  explicit SignalWatch(Requests& requests);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  int received() const { return received_; }  // the first that asked for an end, or 0

 private:
  void watch(sigset_t watched, Requests& requests);
  void take_notice(int signal, Requests& requests);
  void end(int signal, Requests& requests);

  std::atomic<int> received_ = 0;
  std::atomic<bool> is_over_ = false;
  int count_ = 0;  // of wishes to end
  int last_ = 0;   // the signal of the latest one
  std::chrono::steady_clock::time_point last_at_;
  std::thread thread_;
};

// Ends the process by this signal's default action, so that the caller's shell sees 130 or 143.
[[noreturn]] void end_by_signal(int signal);

}  // namespace trainbus::cli
