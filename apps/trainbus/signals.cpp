#include "signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"

namespace trainbus::cli {
namespace {

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
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
    if (!is_ignored(signal)) sigaddset(&watched, signal);
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  signal_fd_ = signalfd(-1, &watched, SFD_CLOEXEC);
  end_fd_ = eventfd(0, EFD_CLOEXEC);
  if (signal_fd_ < 0 || end_fd_ < 0)
    throw RunError(std::strerror(errno), "signals", "Are there too many open files?");
  thread_ = std::thread([this, &requests] { watch(requests); });
}

SignalWatch::~SignalWatch() {
  const std::uint64_t one = 1;
  // An eventfd at 0 takes a write of 8 bytes without fail.
  [[maybe_unused]] const ssize_t written = write(end_fd_, &one, sizeof one);
  thread_.join();
  close(signal_fd_);
  close(end_fd_);
}

void SignalWatch::watch(Requests& requests) {
  pollfd waits[] = {{signal_fd_, POLLIN, 0}, {end_fd_, POLLIN, 0}};
  while (true) {
    if (poll(waits, 2, -1) < 0) continue;  // EINTR
    if (waits[1].revents) return;
    signalfd_siginfo info{};
    if (read(signal_fd_, &info, sizeof info) != sizeof info) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGHUP) {
      log::warning(
          "the terminal has gone away (SIGHUP): the run goes on; to end it in order: kill " +
          std::to_string(getpid()));
      continue;
    }
    if (signal == SIGUSR1) {
      log::info("SIGUSR1: a checkpoint is saved when the step is done");
      requests.save();
      continue;
    }
    heed(signal, requests);
  }
}

void SignalWatch::heed(int signal, Requests& requests) {
  const std::string name = std::string("SIG") + name_of(signal);
  switch (++count_) {
    case 1:
      received_ = signal;
      log::warning(name +
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
