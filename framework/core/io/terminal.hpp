// The one owner of the terminal (stderr): live lines at the bottom, lasting lines above them.
//
// Between two changes the cursor rests at the start of the first live line. So a change needs to
// know nothing about what happened to the screen meanwhile: it draws over the live lines from
// there, and clears what is left of the old ones below. A window that became narrower and wrapped
// them, keys that a user typed, a shell that took over while the process was suspended: all of it
// is right again with the next change.
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
// - Output held up (Ctrl-S, a connection that stalls, a pager): live lines are skipped, lasting
//   ones are kept, 64 KiB of them, and appear when the terminal goes on. Beyond that, print()
//   waits.
// - A terminal or a reader that went away: nothing is written any more.
// Others may write to the same terminal (results on stdout) after close(), or while nothing is
// live.
class TRAINBUS_EXPORT Terminal {
 public:
  explicit Terminal(int fd = 2);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool interactive() const;  // a live line can be redrawn
  bool unicode() const;      // the locale's encoding has block characters
  bool color() const;        // a terminal that is not dumb, and no NO_COLOR
  // The usable width now: one less than the terminal has (79 if it does not say); 0: no terminal.
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
