// A simulated training: shows events from a socket with the launcher's terminal, log and progress
// plugin. Each command is a line, answered by a line once it is done:
//
//     on_step step=5 seconds=2.5 loss=1.25     an event; further names are its numbers
//     warn TEXT                                a warning from another thread
//     out TEXT                                 a line on standard output
//     columns 40                               waits for a window of this width
//     close                                    gives the terminal back, as the end of a training
//     quit
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/bus/event.hpp"
#include "core/host/catalog.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"

namespace {

using namespace trainbus;

int connect_to(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!path || std::strlen(path) >= sizeof address.sun_path)
    throw std::runtime_error("PLAYER_SOCKET names no socket");
  std::strcpy(address.sun_path, path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(std::string("nobody listens at ") + path);
  return fd;
}

EventKind kind_named(const std::string& name) {
  for (std::uint32_t kind = 0; kind < TB_KIND_COUNT; ++kind)
    if (event_name(static_cast<EventKind>(kind)) == name) return static_cast<EventKind>(kind);
  throw std::runtime_error("there is no command " + name);
}

double number(const std::string& text) {
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    throw std::runtime_error("'" + text + "' is no number");
  return value;
}

Event event_of(const std::string& name, std::istream& words) {
  Event event;
  event.kind = kind_named(name);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const double value = number(word.substr(equals + 1));
    if (key == "step")
      event.step = static_cast<std::uint64_t>(value);
    else if (key == "attempt")
      event.attempt = static_cast<std::uint32_t>(value);
    else if (key == "seconds")
      event.run_ns = static_cast<std::int64_t>(value * 1e9);
    else
      event.set(intern(key), value);
  }
  return event;
}

// False: that was the last one.
bool run_line(const std::string& line, Observer& bar) {
  std::istringstream words(line);
  std::string command, text;
  words >> command;
  if (command == "quit") return false;
  if (command == "warn" || command == "out") std::getline(words >> std::ws, text);
  if (command == "warn") {
    std::thread([&] { log::warning(text); }).join();
  } else if (command == "out") {
    std::puts(text.c_str());
    std::fflush(stdout);
  } else if (command == "columns") {
    unsigned wanted = 0;
    for (words >> wanted; terminal().columns() + 1 < wanted || terminal().columns() > wanted;)
      ::poll(nullptr, 0, 1);
  } else if (command == "close") {
    terminal().close();
  } else {
    Event event = event_of(command, words);
    bar.on_event(event);
  }
  return true;
}

void play() {
  const int socket = connect_to(std::getenv("PLAYER_SOCKET"));
  const Plugin& plugin = Catalog().load(PROGRESS_PLUGIN);
  const auto bar =
      make_plugin_observer(plugin, "progress", OptionValues("progress", plugin.options()),
                           {{}, file_system(), terminal()});
  std::string line;
  for (char c; ::read(socket, &c, 1) == 1;) {
    if (c != '\n') {
      line += c;
      continue;
    }
    const bool more = run_line(line, *bar);
    if (::write(socket, "done\n", 5) != 5 || !more) break;
    line.clear();
  }
}

}  // namespace

int main() {
  std::signal(SIGHUP, SIG_IGN);   // the launcher takes it
  std::signal(SIGPIPE, SIG_DFL);  // the terminal's writes must not need it to be ignored
  try {
    play();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "player: %s\n", error.what());
    return 1;
  }
  // A leak check at exit, with a sanitizer, hangs if the window's signals come in its midst.
  std::fflush(stdout);
  std::_Exit(0);
}
