#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace trainbus::testing {
namespace {

constexpr const char* launcher = TOY_ROOT "/bin/trainbus";

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return ends;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

// What is there now; false at the end.
bool read_some(int fd, std::string& to) {
  std::array<char, 4096> buffer;
  const ssize_t size = read(fd, buffer.data(), buffer.size());
  if (size > 0) to.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Setting& setting) {
  std::vector<std::string> words = {launcher};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "COLUMNS=90",
                                          "XDG_DATA_HOME=/nonexistent"};
  for (const std::string& entry : setting.environment) environment.push_back(entry);
  const std::vector<char*> argv = pointers(words), envp = pointers(environment);
  const auto [out_read, out_write] = make_pipe();
  const auto [err_read, err_write] = make_pipe();
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("no process");
  if (child_ == 0) {
    dup2(setting.out ? open(setting.out, O_WRONLY) : out_write, STDOUT_FILENO);
    dup2(err_write, STDERR_FILENO);
    for (const int ignored : setting.ignored_signals) std::signal(ignored, SIG_IGN);
    if (chdir(setting.folder.c_str()) == 0) execve(launcher, argv.data(), envp.data());
    _exit(127);
  }
  close(out_write);
  close(err_write);
  out_ = out_read;
  err_ = err_read;
}

Process::~Process() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

std::string Process::read_line() {
  std::string line;
  char c = 0;
  while (read(out_, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

void Process::send(int signal) const { kill(child_, signal); }

Outcome Process::wait() {
  Outcome outcome;
  std::array<pollfd, 2> fds = {{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    poll(fds.data(), fds.size(), -1);
    if (fds[0].revents && !read_some(out_, outcome.out)) fds[0].fd = -1;
    if (fds[1].revents && !read_some(err_, outcome.err)) fds[1].fd = -1;
  }
  int status = 0;
  waitpid(std::exchange(child_, -1), &status, 0);
  if (WIFEXITED(status))
    outcome.exit_code = WEXITSTATUS(status);
  else
    outcome.signal = WTERMSIG(status);
  return outcome;
}

Outcome launch(const std::vector<std::string>& arguments, const Setting& setting) {
  return Process(arguments, setting).wait();
}

}  // namespace trainbus::testing
