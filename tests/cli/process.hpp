// Runs the launcher as a child process, without a shell.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace trainbus::testing {

struct Outcome {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  std::string out, err;
};

struct Setting {
  std::filesystem::path folder = "/";         // working directory
  std::vector<std::string> environment = {};  // NAME=VALUE, in addition to a small fixed one
  const char* out = nullptr;                  // a file for standard output, instead of Outcome::out
  std::vector<int> ignored_signals = {};      // at the start, as nohup does
};

// The launcher among the toy plugins.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments, const Setting& setting = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::string read_line();  // the next one of standard output; "" at its end
  void send(int signal) const;
  Outcome wait();  // reads the rest and reaps it

 private:
  pid_t child_ = -1;
  int out_ = -1, err_ = -1;
};

Outcome launch(const std::vector<std::string>& arguments, const Setting& setting = {});

}  // namespace trainbus::testing
