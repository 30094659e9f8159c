#include "spawner.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

#include "cli.hpp"
#include "core/io/error.hpp"
#include "core/io/log.hpp"

namespace trainbus::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds time_to_end(40), time_to_die(10);

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2})
    sigaddset(&set, signal);
  return set;
}

class Group {
 public:
  explicit Group(const std::vector<std::vector<std::string>>& commands) {
    const sigset_t watched = watched_signals();
    sigprocmask(SIG_BLOCK, &watched, &before_);
    for (const std::vector<std::string>& command : commands) start(command);
  }
  ~Group() { signal_all(SIGKILL); }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  ProcessEnd wait() {
    std::optional<Clock::time_point> deadline;
    bool has_asked = false;
    while (left_ > 0) {
      take_signal();
      reap();
      if (!first_) continue;
      if (first_->code == exit_refused) signal_all(SIGKILL);  // the others wait for it in vain
      if (!deadline) deadline = Clock::now() + time_to_end;
      if (Clock::now() < *deadline) continue;
      signal_all(std::exchange(has_asked, true) ? SIGKILL : SIGTERM);
      deadline = Clock::now() + time_to_die;
    }
    return *first_;
  }

 private:
  void start(const std::vector<std::string>& command) {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const pid_t own = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) {
      const int error = errno;
      throw RunError(std::string("process ") + std::to_string(pids_.size()) + " of " +
                         "the run cannot be started: " + std::strerror(error),
                     "launch", "Start fewer: -n N.");
    }
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (::getppid() != own) ::_exit(1);  // it has ended already
      sigprocmask(SIG_SETMASK, &before_, nullptr);
      ::execv(words[0], words.data());
      ::_exit(127);
    }
    pids_.push_back(child);
    ++left_;
  }

  // Waits a moment for a signal.
  void take_signal() {
    const sigset_t watched = watched_signals();
    const timespec moment{0, 200'000'000};
    const int signal = sigtimedwait(&watched, nullptr, &moment);
    if (signal > 0 && signal != SIGCHLD && pids_[0] > 0) ::kill(pids_[0], signal);
  }

  void reap() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
      for (std::size_t rank = 0; rank < pids_.size(); ++rank)
        if (pids_[rank] == pid) ended(rank, status);
  }

  void ended(std::size_t rank, int status) {
    pids_[rank] = 0;
    --left_;
    const ProcessEnd end{WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                         WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    if (rank == 0)
      first_ = end;
    else if (!first_ && end.signal != 0)
      log::warning("rank " + std::to_string(rank) + " was ended by SIG" + sigabbrev_np(end.signal));
  }

  void signal_all(int signal) const {
    for (const pid_t pid : pids_)
      if (pid > 0) ::kill(pid, signal);
  }

  sigset_t before_{};
  std::vector<pid_t> pids_;  // 0: it has ended
  std::size_t left_ = 0;
  std::optional<ProcessEnd> first_;
};

}  // namespace

ProcessEnd run_together(const std::vector<std::vector<std::string>>& commands) {
  return Group(commands).wait();
}

std::uint16_t free_local_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool found = socket >= 0 &&
                     ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (socket >= 0) ::close(socket);
  if (!found) throw RunError("no TCP port of 127.0.0.1 is free", "launch", "");
  return ntohs(address.sin_port);
}

}  // namespace trainbus::cli
