// The descriptor behind Terminal: its capabilities, its size, whether this process may draw, and
// writes that raise no signal. Internal.
#pragma once

#include <string_view>

namespace trainbus {

struct ScreenSize {
  unsigned columns, rows;
};

class TerminalDevice {
 public:
  // fd stays the caller's. The environment is read here, once.
  explicit TerminalDevice(int fd);

  const int fd;
  const bool tty;
  const bool dumb;     // no escape sequences, according to TERM
  const bool color;    // a terminal that is not dumb, and no NO_COLOR
  const bool unicode;  // the locale's encoding has block characters

  // The current size; 80 by 24 if unknown.
  ScreenSize size() const;
  // Whether this process may draw: false while it is a background job of the terminal's shell,
  // whose prompt has the cursor.
  bool foreground() const;
  // Whether it accepts bytes, now or within this time: not after Ctrl-S, nor while a slow line or a
  // pipe is full.
  bool ready(int wait_ms = 0) const;
  // One write(2) unless the system accepts less. False: the reader is gone. It never stops a
  // background job whose terminal has `stty tostop` (SIGTTOU), nor ends the process when the reader
  // is gone (SIGPIPE).
  bool write(std::string_view bytes) const;
};

}  // namespace trainbus
