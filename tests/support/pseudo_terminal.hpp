// A pseudo-terminal of a given size: what is written to terminal() can be read back, byte for byte.
#pragma once

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace trainbus::testing {

class PseudoTerminal {
 public:
  explicit PseudoTerminal(unsigned short columns, unsigned short rows = 24) {
    termios mode{};
    ::cfmakeraw(&mode);  // a line feed stays one byte
    winsize size{rows, columns, 0, 0};
    if (::openpty(&screen_, &terminal_, nullptr, &mode, &size) != 0)
      throw std::runtime_error("cannot open a pseudo-terminal");
    ::fcntl(screen_, F_SETFL, O_NONBLOCK);
  }
  ~PseudoTerminal() {
    hang_up();
    ::close(terminal_);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  int terminal() const { return terminal_; }
  // What was written since the last call.
  std::string read() const {
    std::string out;
    char block[4096];
    for (ssize_t n; (n = ::read(screen_, block, sizeof block)) > 0;)
      out.append(block, static_cast<std::size_t>(n));
    return out;
  }
  void resize(unsigned short columns, unsigned short rows = 24) const {
    winsize size{rows, columns, 0, 0};
    ::ioctl(terminal_, TIOCSWINSZ, &size);
  }
  // The window is closed: writes fail from now on.
  void hang_up() {
    if (screen_ >= 0) ::close(screen_);
    screen_ = -1;
  }

 private:
  int screen_ = -1, terminal_ = -1;
};

// Sets or, with null, unsets an environment variable while it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old, had_ = true;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Environment() { had_ ? ::setenv(name_, old_.c_str(), 1) : ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

}  // namespace trainbus::testing
