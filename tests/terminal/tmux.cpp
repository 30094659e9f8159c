#include "terminal/tmux.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace trainbus::testing {
namespace {

constexpr int kPatienceMs = 20'000, kPollMs = 5;

std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot start a shell");
  std::string out;
  char block[4096];
  for (std::size_t n; (n = std::fread(block, 1, sizeof block, pipe)) > 0;) out.append(block, n);
  if (::pclose(pipe) != 0) throw std::runtime_error(command + " failed: " + out);
  return out;
}

Screen rows_of(const std::string& text) {
  Screen rows;
  std::istringstream in(text);
  for (std::string row; std::getline(in, row);) {
    row.erase(row.find_last_not_of(' ') + 1);
    rows.push_back(row);
  }
  while (!rows.empty() && rows.back().empty()) rows.pop_back();
  return rows;
}

std::string framed(const Screen& rows) {
  std::string out;
  for (const std::string& row : rows) out += "\n  |" + row;
  return out;
}

std::string socket_path(const Tmux& window) { return (window.folder() / "player.socket").string(); }

}  // namespace

bool tmux_is_installed() { return std::system("tmux -V >/dev/null 2>&1") == 0; }

Tmux::Tmux(unsigned columns, unsigned rows, const std::vector<std::string>& environment) {
  std::filesystem::create_symlink(PLAYER, folder_ / "player");
  std::ofstream(folder_ / "rc") << "cd\nPS1='$ '\nunset PROMPT_COMMAND HISTFILE\n";
  std::string command =
      "env -i TERM=xterm-256color HOME=" + shell_word(folder_.path().string()) +
      " LC_ALL=C.UTF-8 PATH=" + shell_word(folder_.path().string() + ":/usr/bin:/bin") +
      " PLAYER_SOCKET=" + shell_word(socket_path(*this));
  for (const std::string& variable : environment) command += " " + shell_word(variable);
  command += " bash --noprofile --rcfile " + shell_word((folder_ / "rc").string()) + " -i";
  run("-f /dev/null new-session -d -x " + std::to_string(columns) + " -y " + std::to_string(rows) +
      " " + shell_word(command) + " \\; set-option -g status off");
  expect({"$"});
}

Tmux::~Tmux() {
  try {
    run("kill-server");
  } catch (const std::exception&) {  // it has gone with its last window
  }
}

std::string Tmux::run(const std::string& command) const {
  return output_of("env -u TMUX LC_ALL=C.UTF-8 tmux -u -S " +
                   shell_word((folder_ / "tmux.socket").string()) + " " + command + " 2>&1");
}

void Tmux::type(const std::string& line) const { run("send-keys -l " + shell_word(line + "\r")); }
void Tmux::press(const std::string& key) const { run("send-keys " + shell_word(key)); }
void Tmux::kill() const { run("kill-session"); }
void Tmux::resize(unsigned columns) const { run("resize-window -x " + std::to_string(columns)); }

// With what has scrolled out: a window that wraps a line pushes another out at the top.
Screen Tmux::screen() const { return rows_of(run("capture-pane -p -S -")); }
std::string Tmux::colored_screen() const { return run("capture-pane -p -e"); }

void Tmux::expect(const Screen& rows) const {
  expect(framed(rows), [&](const Screen& shown) { return shown == rows; });
}

void Tmux::expect(const std::string& what,
                  const std::function<bool(const Screen&)>& condition) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  Screen shown = screen();
  while (!condition(shown) && std::chrono::steady_clock::now() < deadline) {
    ::poll(nullptr, 0, kPollMs);
    shown = screen();
  }
  BOOST_REQUIRE_MESSAGE(condition(shown),
                        "the window does not show " << what << "\nbut" << framed(shown));
}

void Tmux::expect_stopped(bool stopped) const {
  std::string path = run("display-message -p '#{pane_tty}'");
  path.erase(path.find_last_not_of('\n') + 1);
  const int tty = ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  BOOST_REQUIRE_GE(tty, 0);
  const auto is_stopped = [&] {
    pollfd output{tty, POLLOUT, 0};
    return ::poll(&output, 1, 0) == 0;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (is_stopped() != stopped && std::chrono::steady_clock::now() < deadline)
    ::poll(nullptr, 0, kPollMs);
  const bool reached = is_stopped() == stopped;
  ::close(tty);
  BOOST_REQUIRE_MESSAGE(reached, "the window's output does not " << (stopped ? "stop" : "go on"));
}

Player::Player(const Tmux& window) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_path(window);
  BOOST_REQUIRE_LT(path.size(), sizeof address.sun_path);
  std::strcpy(address.sun_path, path.c_str());
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BOOST_REQUIRE_EQUAL(
      ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  BOOST_REQUIRE_EQUAL(::listen(listener_, 1), 0);
}

Player::~Player() {
  ::close(listener_);
  if (player_ >= 0) ::close(player_);
}

void Player::send(const std::string& command) {
  if (player_ < 0) {
    pollfd calling{listener_, POLLIN, 0};
    BOOST_REQUIRE_MESSAGE(::poll(&calling, 1, kPatienceMs) == 1, "the player did not start");
    player_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  }
  const std::string line = command + "\n";
  BOOST_REQUIRE_EQUAL(::send(player_, line.data(), line.size(), MSG_NOSIGNAL),
                      static_cast<ssize_t>(line.size()));
}

void Player::wait() {
  std::string reply;
  while (!reply.ends_with('\n')) {
    pollfd answer{player_, POLLIN, 0};
    BOOST_REQUIRE_MESSAGE(::poll(&answer, 1, kPatienceMs) == 1, "the player does not go on");
    char c = 0;
    BOOST_REQUIRE_MESSAGE(::read(player_, &c, 1) == 1, "the player ended");
    reply += c;
  }
}

}  // namespace trainbus::testing
