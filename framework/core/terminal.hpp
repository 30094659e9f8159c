// The one owner of the terminal (stderr): live lines at the bottom, lasting lines above them.
#pragma once

#include <memory>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Thread-safe. Each change is one write(2). When stderr is not a terminal, live lines are not
// shown.
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
  void set_live(unsigned row, std::string_view line);
  void print(std::string_view line);  // a lasting line; clears and redraws the live ones
  void close();                       // leaves the live lines as lasting ones and stops

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The process's terminal on stderr.
TRAINBUS_EXPORT Terminal& terminal();

}  // namespace trainbus
