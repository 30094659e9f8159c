#include "core/host/isolate/child_process.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus::isolate {
namespace {

namespace fs = std::filesystem;

constexpr int socket_in_child = 3;

void check(int error, const char* what) {
  if (error != 0) throw RunError(std::strerror(error), what, "");
}

// The attributes that a child is started with; owns them.
struct SpawnPlan {
  SpawnPlan(int socket, int output) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&files, socket, socket_in_child);
    posix_spawn_file_actions_addclosefrom_np(&files, socket_in_child + 1);
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes,
        static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
};

std::string end_of(int status) {
  if (WIFEXITED(status)) return "ended with exit code " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = sigabbrev_np(number);
  return "was ended by SIG" + (name ? std::string(name) : std::to_string(number)) + " (" +
         strsignal(number) + ")";
}

}  // namespace

fs::path host_program() {
  Dl_info info{};
  std::string tried;
  if (::dladdr(reinterpret_cast<void*>(&host_program), &info) != 0 && info.dli_fname) {
    const fs::path folder = fs::absolute(info.dli_fname).parent_path();
    for (const char* way : {"../bin", "../../bin", "."}) {
      const fs::path file = (folder / way / "trainbus-isolate").lexically_normal();
      std::error_code error;
      if (fs::exists(file, error)) return file;
      tried += (tried.empty() ? "" : ", ") + file.string();
    }
  }
  throw PluginError("there is no program trainbus-isolate; tried " + tried, "isolate",
                    "Install trainbus whole, or run without isolate.");
}

ChildProcess::ChildProcess(const fs::path& program) {
  int sockets[2], output[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    check(errno, "a socket for an isolated plugin");
  if (::pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
    const int error = errno;
    ::close(sockets[0]);
    ::close(sockets[1]);
    check(error, "a pipe for an isolated plugin");
  }
  socket_ = sockets[0];
  output_ = output[0];
  const std::string file = program.string();
  char* arguments[] = {const_cast<char*>(file.c_str()), nullptr};
  const SpawnPlan plan(sockets[1], output[1]);
  const int error =
      ::posix_spawn(&pid_, file.c_str(), &plan.files, &plan.attributes, arguments, environ);
  ::close(sockets[1]);
  ::close(output[1]);
  if (error == 0) return;
  ::close(socket_);
  ::close(output_);
  check(error, file.c_str());
}

ChildProcess::~ChildProcess() {
  if (socket_ >= 0) ::close(socket_);
  wait_for_end(std::chrono::milliseconds(0));
  ::close(output_);
}

int ChildProcess::take_socket() { return std::exchange(socket_, -1); }

std::string ChildProcess::printed() {
  constexpr std::size_t most_bytes = 1 << 20, longest_line = 1 << 16;
  char bytes[4096];
  std::size_t taken = 0;
  // A limit for each call: a process that never stops printing must not block the training.
  for (ssize_t count; taken < most_bytes && (count = ::read(output_, bytes, sizeof bytes)) > 0;) {
    partial_line_.append(bytes, static_cast<std::size_t>(count));
    taken += static_cast<std::size_t>(count);
  }
  const bool whole = waited_for_ || partial_line_.size() > longest_line + most_bytes;
  const std::size_t end = whole ? partial_line_.size() : partial_line_.rfind('\n') + 1;
  std::string lines = partial_line_.substr(0, end);
  partial_line_.erase(0, end);
  return lines;
}

bool ChildProcess::wait_until_exited(std::chrono::milliseconds patience) const {
  // glibc 2.36 declares pidfd_open for C only.
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (descriptor < 0) return false;
  pollfd process{descriptor, POLLIN, 0};
  int found = 0;
  do found = ::poll(&process, 1, static_cast<int>(patience.count()));
  while (found < 0 && errno == EINTR);
  ::close(descriptor);
  return found > 0;
}

void ChildProcess::kill_group() const {
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
}

std::string ChildProcess::wait_for_end(std::chrono::milliseconds patience) {
  if (waited_for_) return end_;
  if (!wait_until_exited(patience)) kill_group();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  waited_for_ = true;
  return end_ = end_of(status);
}

}  // namespace trainbus::isolate
