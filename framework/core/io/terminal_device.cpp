#include "core/io/terminal_device.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>

namespace trainbus {
namespace {

constexpr unsigned kUsualColumns = 80, kUsualRows = 24;
constexpr int kStuckMs = 1000;  // how long a non-blocking descriptor may stay full

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool without_escapes() {
  const std::string_view term = environment("TERM");
  return term.empty() || term == "dumb" || term == "unknown";
}

// POSIX: the first of these that is set and not empty names the encoding.
bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(environment(name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

sigset_t signals(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  return set;
}

// While it exists, writes of this thread raise neither SIGTTOU nor SIGPIPE. The process's signal
// dispositions are not changed.
class QuietWrites {
 public:
  QuietWrites() {
    sigset_t pending;
    sigpending(&pending);
    pipe_was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    const sigset_t quiet = signals({SIGTTOU, SIGPIPE});
    pthread_sigmask(SIG_BLOCK, &quiet, &before_);
  }
  ~QuietWrites() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  QuietWrites(const QuietWrites&) = delete;
  QuietWrites& operator=(const QuietWrites&) = delete;

  // After EPIPE: discards the signal that was raised with it.
  void forget_pipe() const {
    if (pipe_was_pending_) return;
    const sigset_t pipe = signals({SIGPIPE});
    const timespec now{};
    while (sigtimedwait(&pipe, nullptr, &now) < 0 && errno == EINTR) continue;
  }

 private:
  sigset_t before_{};
  bool pipe_was_pending_;
};

}  // namespace

TerminalDevice::TerminalDevice(int descriptor)
    : fd(descriptor),
      tty(::isatty(descriptor) == 1),
      dumb(without_escapes()),
      color(tty && !dumb && environment("NO_COLOR").empty()),
      unicode(utf8_locale()) {}

ScreenSize TerminalDevice::size() const {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) size = {};
  return {size.ws_col ? size.ws_col : kUsualColumns, size.ws_row ? size.ws_row : kUsualRows};
}

// A terminal that is not the controlling one (-1) has no jobs, so no other process draws there.
bool TerminalDevice::foreground() const {
  if (!tty) return true;
  const pid_t group = ::tcgetpgrp(fd);
  return group < 0 || group == ::getpgrp();
}

bool TerminalDevice::ready(int wait_ms) const {
  pollfd poll{fd, POLLOUT, 0};
  return ::poll(&poll, 1, wait_ms) != 0;  // an error shows in the write
}

bool TerminalDevice::write(std::string_view bytes) const {
  const QuietWrites quiet;
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      if (::poll(&wait, 1, kStuckMs) == 0) return true;  // it does not drain: drop the rest
    } else if (errno != EINTR) {
      if (errno == EPIPE) quiet.forget_pipe();
      return false;
    }
  }
  return true;
}

}  // namespace trainbus
