#include "signals.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"

namespace trainbus::cli {
namespace {

// Wakes the watching thread; sent only from here.
constexpr int wake_up = SIGURG;

// timeout(1) signals its child and then the group, and users press a key twice: a second signal of
// a kind within this time counts as the same request.
constexpr std::chrono::seconds one_wish(1);

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

const char* name_of(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? name : "?";
}

}  // namespace

SignalWatch::SignalWatch(Requests& requests) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU})
    if (!is_ignored(signal)) sigaddset(&watched, signal);
  sigaddset(&watched, wake_up);
  if (const int error = pthread_sigmask(SIG_BLOCK, &watched, nullptr); error != 0)
    throw RunError(std::strerror(error), "signals", "");
  thread_ = std::thread([this, watched, &requests] { watch(watched, requests); });
}

SignalWatch::~SignalWatch() {
  is_over_ = true;
  pthread_kill(thread_.native_handle(), wake_up);
  thread_.join();
}

void SignalWatch::watch(sigset_t watched, Requests& requests) {
  while (true) {
    const int signal = sigwaitinfo(&watched, nullptr);
    if (is_over_) return;
    switch (signal) {
      case -1:  // EINTR
      case wake_up:
        break;
      case SIGHUP:
        log::warning("the terminal is gone (SIGHUP): the run continues; to stop it cleanly: kill " +
                     std::to_string(getpid()));
        break;
      case SIGUSR1:
        log::info("SIGUSR1: a checkpoint is saved when the step is done");
        requests.save();
        break;
      case SIGUSR2:
      case SIGXCPU:
        take_notice(signal, requests);
        break;
      default:
        end(signal, requests);
    }
  }
}

// The kernel repeats SIGXCPU every second, so a notice only ever requests a clean stop.
void SignalWatch::take_notice(int signal, Requests& requests) {
  const std::string name = std::string("SIG") + name_of(signal);
  if (!requests.stop_requested())
    log::warning(name + ", a scheduler's notice: ending in order, so that the run can be resumed");
  if (received_ == 0) received_ = signal;
  requests.stop("signal", name);
}

void SignalWatch::end(int signal, Requests& requests) {
  const auto now = std::chrono::steady_clock::now();
  if (signal == last_ && now - last_at_ < one_wish) return;
  last_ = signal;
  last_at_ = now;
  const std::string name = std::string("SIG") + name_of(signal);
  switch (++count_) {
    case 1:
      if (received_ == 0) received_ = signal;
      log::write(is_brief_ ? log::Level::Info : log::Level::Warning,
                 name +
                     ": ending in order, so that the run can be resumed; a second one ends without "
                     "saving, a third at once");
      requests.stop("signal", name);
      return;
    case 2:
      log::warning(name + ": ending without saving");
      requests.hurry();
      return;
    default:
      terminal().close();  // the shell's prompt begins on a line of its own
      end_by_signal(signal);
  }
}

void end_by_signal(int signal) {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  std::signal(signal, SIG_DFL);
  raise(signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  std::_Exit(128 + signal);  // not reached: the default action of these signals ends the process
}

}  // namespace trainbus::cli
