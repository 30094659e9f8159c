// From the start of the process to the end of the first optimizer step, best of five.
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/smollm2.hpp"
#include "support/test_paths.hpp"
#include "table.hpp"

extern char** environ;

namespace {

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The wall_time column of step 1 in metrics.csv.
double first_step_time(const std::filesystem::path& csv) {
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

double start(std::vector<std::string> arguments) {
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

double best_of_five(const std::vector<std::string>& arguments) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) best = std::min(best, start(arguments));
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  trainbus::bench::Results results(argc, argv);
  results.add("process start to the end of step 1, trivial model",
              best_of_five({"train", "--task", "mlp", "--batch-size", "1"}), "s");
  const std::string data = TRAINBUS_SOURCE_DIR "/.deps/data/rotten_tomatoes.csv";
  results.add("process start to the end of step 1, SmolLM2-135M",
              best_of_five({"train", TRAINBUS_SOURCE_DIR "/apps/rotten_tomatoes.ini", "--model",
                            trainbus::testing::smollm2(), "--task.data", data, "--test", "no"}),
              "s");
}
