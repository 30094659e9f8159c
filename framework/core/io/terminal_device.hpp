// internal: the descriptor behind Terminal. What it can show, how large it is, whose turn it is to
// draw on it, and writes that raise no signal.
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
  const bool dumb;     // it knows no escape sequences, as far as TERM tells
  const bool color;    // a terminal that is not dumb, and no NO_COLOR
  const bool unicode;  // the locale's encoding has block characters

  // Now. 80 by 24 where the terminal does not say.
  ScreenSize size() const;
  // Whether the cursor is ours: false while this process is a background job of the terminal's
  // shell, whose prompt is in that line.
  bool foreground() const;
  // Whether it takes bytes, now or after so long a wait: not after Ctrl-S, nor while a slow line or
  // a pipe is full.
  bool ready(int wait_ms = 0) const;
  // One write(2) unless the system takes less. False: nobody reads any more. Neither a background
  // job whose terminal has `stty tostop` is stopped by it (SIGTTOU), nor a process whose reader
  // went away ended (SIGPIPE).
  bool write(std::string_view bytes) const;
};

}  // namespace trainbus
