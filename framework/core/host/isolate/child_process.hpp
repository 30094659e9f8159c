// A process that hosts an isolated plugin: spawned, never forked, so that it shares no memory,
// threads or descriptors with the training process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace trainbus::isolate {

// Its own process group (Ctrl-C does not reach it), default signal handling, no open descriptors
// but the socket and a pipe for what it prints. One thread at a time.
class ChildProcess {
 public:
  // Throws RunError.
  explicit ChildProcess(const std::filesystem::path& program);
  ~ChildProcess();  // kills what still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int take_socket();  // this process's end; the caller owns it
  // Whole lines that it printed since the last call, and after its end the rest; a limited amount a
  // call.
  std::string printed();
  // Waits for its end; kills its group after `patience`. Returns how it ended: "ended with exit
  // code 3", "was ended by SIGSEGV (Segmentation fault)".
  std::string wait_for_end(std::chrono::milliseconds patience);

 private:
  bool wait_until_exited(std::chrono::milliseconds patience) const;
  void kill_group() const;

  pid_t pid_ = -1;
  int socket_ = -1, output_ = -1;
  bool waited_for_ = false;
  std::string end_, partial_line_;
};

// The program trainbus-isolate of this installation or build tree. Throws PluginError.
std::filesystem::path host_program();

}  // namespace trainbus::isolate
