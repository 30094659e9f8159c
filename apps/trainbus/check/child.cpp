#include "child.hpp"

#include <poll.h>
#include <sys/mman.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <new>

#include "core/io/error.hpp"
#include "core/io/number_text.hpp"
#include "core/io/utf8.hpp"

namespace trainbus::cli {
namespace {

[[noreturn]] void throw_errno(const char* call) {
  throw RunError(std::strerror(errno), call, "Are there too many processes, or too little memory?");
}

std::string where(const Record& record) {
  if (record.doing[0] == '\0') return "";
  if (record.doing == std::string_view("loading")) return " while being loaded";
  std::string text = std::string(" in ") + record.doing;
  if (record.step > 0) text += " of step " + std::to_string(record.step);
  return text;
}

// Never returns to the code that forked.
[[noreturn]] void be_the_child(Record& record, const std::function<void()>& work) {
  setpgid(0, 0);                     // so that processes that the plugin starts are ended too
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // Ctrl-C ends the parent
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // A crash must end the process, despite handlers of the launcher or a sanitizer.
  for (const int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP})
    std::signal(number, SIG_DFL);
  try {
    work();
  } catch (const UsageError& error) {
    record.refused = true;
    put(record.problem, sizeof record.problem, error.what());
  } catch (const PluginError& error) {
    record.refused = true;
    put(record.problem, sizeof record.problem, error.what());
  } catch (const std::exception& error) {
    put(record.problem, sizeof record.problem, error.what());
  } catch (...) {
    put(record.problem, sizeof record.problem, "an exception that is not a std::exception");
  }
  record.finished = true;
  _exit(0);
}

// Whether the process ended within the time.
bool ends_within(pid_t child, std::chrono::duration<double> limit) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(limit);
  // The C library of 2022 has pidfd_open with C++ linkage.
  pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, child, 0)), POLLIN, 0};
  if (ended.fd < 0) throw_errno("pidfd_open");
  int ready = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    ready = poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  } while (ready < 0 && errno == EINTR);
  close(ended.fd);
  return ready > 0;
}

std::string how_it_ended(int status, const Record& record) {
  if (record.finished) return record.problem;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return "it was killed by signal " + std::to_string(number) + " (" + strsignal(number) + ")" +
           where(record);
  }
  return "it ended the process with exit code " + std::to_string(WEXITSTATUS(status)) +
         where(record);
}

}  // namespace

void put(char* buffer, std::size_t size, std::string_view text) {
  constexpr std::string_view ellipsis = "…";
  if (text.size() < size) {
    text.copy(buffer, text.size());
    buffer[text.size()] = '\0';
    return;
  }
  const std::size_t end = utf8_cut(text, size - 1 - ellipsis.size());
  std::memcpy(buffer, text.data(), end);
  std::memcpy(buffer + end, ellipsis.data(), ellipsis.size());
  buffer[end + ellipsis.size()] = '\0';
}

SharedRecord::SharedRecord() {
  void* memory =
      mmap(nullptr, sizeof(Record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw_errno("mmap");
  record_ = new (memory) Record;
}

SharedRecord::~SharedRecord() { munmap(record_, sizeof(Record)); }

std::string run_in_child(Record& record, std::chrono::duration<double> limit,
                         const std::function<void()>& work) {
  std::cout.flush();
  std::cerr.flush();
  const pid_t child = fork();
  if (child < 0) throw_errno("fork");
  if (child == 0) be_the_child(record, work);
  const bool in_time = ends_within(child, limit);
  kill(-child, SIGKILL);  // the plugin's own processes too
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw_errno("waitpid");
  if (in_time || record.finished) return how_it_ended(status, record);
  record.timed_out = true;
  const std::string place = where(record);
  return "it was not over after " + shortest_text(limit.count()) + " s" +
         (place.empty() ? "" : ", when it was" + place);
}

}  // namespace trainbus::cli
