// A Python program beside a benchmark, which answers a line of text by two numbers.
#pragma once

#include <stdio.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

namespace trainbus::bench {

inline std::string quoted(const std::string& text) { return "'" + text + "'"; }

// A shell's words that run a script of tests/bench with the Python that TRAINBUS_PEERS_PYTHON
// names.
inline std::string peer_script(const std::string& name) {
  const char* python = std::getenv("TRAINBUS_PEERS_PYTHON");
  return quoted(python == nullptr ? "python3" : python) + " " +
         quoted(TRAINBUS_SOURCE_DIR "/tests/bench/" + name) + " ";
}

class PythonPeer {
 public:
  // needs: the package that its Python must have, for the message if it ends.
  PythonPeer(const std::string& command, std::string needs) : needs_(std::move(needs)) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw std::runtime_error("no pipe");
    if (fork() == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int fd : {to[0], to[1], from[0], from[1]}) close(fd);
      execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    ask_ = fdopen(to[1], "w");
    answer_ = fdopen(from[0], "r");
  }
  ~PythonPeer() {
    std::fclose(ask_);
    std::fclose(answer_);
  }
  PythonPeer(const PythonPeer&) = delete;
  PythonPeer& operator=(const PythonPeer&) = delete;

  // Seconds, and a number to compare.
  std::pair<double, long> ask(const std::string& line) {
    std::fprintf(ask_, "%s\n", line.c_str());
    std::fflush(ask_);
    double seconds = 0;
    long number = 0;
    if (std::fscanf(answer_, "%lf %ld", &seconds, &number) != 2)
      throw std::runtime_error("the peer ended; has its Python the package " + needs_ + "?");
    return {seconds, number};
  }

 private:
  std::string needs_;
  std::FILE* ask_;
  std::FILE* answer_;
};

}  // namespace trainbus::bench
