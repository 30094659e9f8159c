// The one owner of the terminal (stderr): live lines at the bottom, lasting lines above them.
//
// Between two changes the cursor is at the start of the first live line. A change draws over the
// live lines from there and clears the rest of the old ones below, so it does not depend on what
// happened to the screen meanwhile: a narrower window that wrapped the lines, keys that a user
// typed, or a shell while the process was suspended. The next change repairs the screen.
#pragma once

#include <memory>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Thread-safe. Each change is one write(2); none fails, and none stops or ends the process:
// - Not a terminal: live lines are not shown, lasting ones are.
// - A background job shows no live lines, since the cursor is in the shell's prompt; lasting lines
//   it does print, whatever `stty tostop` says. Its live lines are back once it is in the
//   foreground.
// - Blocked output (Ctrl-S, a stalled connection, a pager): live lines are skipped; lasting lines
//   are buffered, up to 64 KiB, and appear when output continues. Beyond that, print() waits.
// - A terminal or reader that is gone: nothing is written any more.
// Other code may write to the same terminal (results on stdout) after close(), or while there is no
// live line.
class TRAINBUS_EXPORT Terminal {
 public:
  explicit Terminal(int fd = 2);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool interactive() const;  // whether live lines can be redrawn
  bool unicode() const;      // whether the locale's encoding has block characters
  bool color() const;        // a terminal that is not dumb, and no NO_COLOR
  // The current usable width: the terminal's less one (79 if unknown); 0: no terminal.
  unsigned columns() const;
  // An empty line removes the row. A line is cut to the width; control characters become blanks.
  void set_live(unsigned row, std::string_view line);
  void print(std::string_view line);  // a lasting line, or several; the live ones stay below
  void close();                       // leaves the live lines as lasting ones and stops

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The process's terminal on stderr.
TRAINBUS_EXPORT Terminal& terminal();

}  // namespace trainbus
