// Signals to a run: the first SIGINT or SIGTERM requests a clean stop, the second a stop without
// saving, the third ends the process at once. SIGUSR1 requests a checkpoint.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "core/io/requests.hpp"

namespace trainbus::cli {

// Receives signals in its own thread, so that nothing runs inside a signal handler. Create it
// before any other thread: they inherit the blocked signals. A signal that was ignored when the
// process started stays ignored.
//
//     SIGINT, SIGTERM    stop, see above; a repetition within a second counts as the same request
//     SIGUSR2, SIGXCPU   notices of schedulers and of CPU limits: clean stop, however often
//     SIGUSR1            checkpoint
//     SIGHUP             the terminal is gone: the run continues, and the log says how to stop it
//     SIGQUIT            not handled: Ctrl-\ ends the process at once, with a core dump
class SignalWatch {
 public:
  // Throws RunError if the thread cannot be set up.
  explicit SignalWatch(Requests& requests);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // Says less of signals: for workers of a run, whose leader says it for all.
  void be_brief() { is_brief_ = true; }
  int received() const { return received_; }  // the first that requested a stop, or 0

 private:
  void watch(sigset_t watched, Requests& requests);
  void take_notice(int signal, Requests& requests);
  void end(int signal, Requests& requests);

  std::atomic<int> received_ = 0;
  std::atomic<bool> is_over_ = false, is_brief_ = false;
  int count_ = 0;  // of stop requests
  int last_ = 0;   // the signal of the latest one
  std::chrono::steady_clock::time_point last_at_;
  std::thread thread_;
};

// Ends the process by this signal's default action, so that the caller's shell sees 130 or 143.
[[noreturn]] void end_by_signal(int signal);

}  // namespace trainbus::cli
