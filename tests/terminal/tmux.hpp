// A real terminal: tmux with one window, and a shell in it. What the window shows can be read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/test_paths.hpp"

namespace trainbus::testing {

using Screen = std::vector<std::string>;  // rows from the top, without blanks at the right or below

bool tmux_is_installed();

class Tmux {
 public:
  // environment: NAME=VALUE of the shell, in addition to a small fixed one.
  explicit Tmux(unsigned columns, unsigned rows = 12,
                const std::vector<std::string>& environment = {});
  ~Tmux();
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;

  void type(const std::string& line) const;  // and Enter
  void press(const std::string& key) const;  // as tmux names it: "C-z", "x"
  void resize(unsigned columns) const;       // those within learn of it a little later
  void kill() const;                         // the window is closed; what runs in it gets SIGHUP

  Screen screen() const;
  std::string colored_screen() const;  // with escape sequences
  // Waits until the window shows exactly this, or fulfils the condition; otherwise the test fails
  // and prints the window.
  void expect(const Screen& rows) const;
  void expect(const std::string& what, const std::function<bool(const Screen&)>& condition) const;
  // Waits until output to the window is held back (C-s), or no longer (C-q).
  void expect_stopped(bool stopped) const;

  const ScratchFolder& folder() const { return folder_; }

 private:
  std::string run(const std::string& command) const;
  ScratchFolder folder_;
};

// The player at the other end of its socket. Start it in the window after this has been made.
class Player {
 public:
  explicit Player(const Tmux& window);
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  void send(const std::string& command);  // does not wait: for a player that is suspended
  void wait();                            // until one more command is done
  void tell(const std::string& command) { send(command), wait(); }

 private:
  int listener_ = -1, player_ = -1;
};

}  // namespace trainbus::testing
