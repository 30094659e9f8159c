// From the start of a run's process to the end of its first optimizer step.
#pragma once

#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/test_paths.hpp"

extern char** environ;

namespace trainbus::bench {

inline double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The wall_time column of step 1 in metrics.csv.
inline double first_step_time(const std::filesystem::path& csv) {
  std::ifstream in(csv);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string step, epoch, wall_time;
    std::getline(fields, step, ',');
    std::getline(fields, epoch, ',');
    std::getline(fields, wall_time, ',');
    if (step == "1") return std::stod(wall_time);
  }
  return -1;
}

// Runs trainbus for one step: `arguments` are those of a train, maybe by launch. Returns the seconds from
// its start to the end of the step, -1 if there was none.
inline double seconds_to_first_step(std::vector<std::string> arguments) {
  const trainbus::testing::ScratchFolder folder;
  arguments.insert(arguments.begin(), TRAINBUS_BINARY_DIR "/bin/trainbus");
  for (const char* more : {"--max-steps", "1", "--disable-tqdm", "--run-dir"})
    arguments.emplace_back(more);
  arguments.push_back(folder / "run");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
  const double begin = unix_now();
  pid_t pid = 0;
  if (posix_spawn(&pid, argv[0], &quiet, nullptr, argv.data(), environ) != 0) return -1;
  int status = 0;
  waitpid(pid, &status, 0);
  return first_step_time(folder / "run/metrics.csv") - begin;
}

}  // namespace trainbus::bench
