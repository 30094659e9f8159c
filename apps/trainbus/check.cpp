#include "check.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "core/arguments.hpp"
#include "core/bus.hpp"
#include "core/catalog.hpp"
#include "core/error.hpp"
#include "core/file_system.hpp"
#include "core/plugin_observer.hpp"
#include "core/terminal.hpp"
#include "trials.hpp"

namespace trainbus::cli {
namespace {

// A folder for what the plugin writes, removed with it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "trainbus-check-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw RunError(std::strerror(errno), name, "Set TMPDIR to a folder that can be written.");
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What went wrong in one trial; empty: nothing.
std::string failure(const Trial& trial, const Plugin& plugin, const OptionValues& options) {
  const Scratch scratch;
  try {
    Bus bus;
    bus.add(make_plugin_observer(plugin, plugin.id, options,
                                 {scratch.path(), file_system(), terminal()}));
    trial.run([&bus](Event& event) { bus.publish(event); });
    for (const ObserverReport& report : bus.report())
      if (report.failures > 0)
        return std::to_string(report.failures) + " of " + std::to_string(report.events) +
               " events failed, the last with: " + report.last_failure;
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

OptionValues options_from(const Plugin& plugin, const Arguments& words) {
  OptionValues values("", plugin.options());
  for (const Argument& argument : parse_arguments(words, values.schema()))
    values.set(argument.name, argument.value, "command line");
  values.check_complete();
  return values;
}

// In the child: the exit code, with a line per trial on standard output.
int run_trials(const Plugin& plugin, const OptionValues& options) {
  int code = exit_done;
  for (const Trial& trial : trials()) {
    // Before the trial, so that the last line names the one that ended the process.
    std::cout << trial.name << " … " << std::flush;
    const std::string problem = failure(trial, plugin, options);
    std::cout << (problem.empty() ? "ok" : "FAILED: " + problem) << std::endl;
    if (!problem.empty()) code = exit_failed;
  }
  return code;
}

int exit_code_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw RunError(std::strerror(errno), "waitpid", "");
  if (WIFEXITED(status)) return WEXITSTATUS(status) == exit_done ? exit_done : exit_failed;
  std::cout << "FAILED: the process was killed by signal " << WTERMSIG(status) << " ("
            << strsignal(WTERMSIG(status)) << ")\n";
  return exit_failed;
}

}  // namespace

int check_plugin(const std::string& id_or_file, const Arguments& words,
                 std::vector<std::filesystem::path> plugin_path) {
  const Plugin& plugin = Catalog(std::move(plugin_path)).load(id_or_file);
  if (plugin.kind != Plugin::Kind::Observer)
    throw UsageError("an optimizer cannot be checked, expected an observer", plugin.file.string(),
                     "Try it in a run: trainbus train --task mlp --plugin " + id_or_file + ".");
  const OptionValues options = options_from(plugin, words);
  std::cout << plugin.id << ' ' << plugin.version() << ", " << plugin.role() << ": "
            << plugin.file.string() << '\n'
            << std::flush;

  const pid_t child = fork();
  if (child < 0) throw RunError(std::strerror(errno), "fork", "Are there too many processes?");
  if (child == 0) {
    const int code = run_trials(plugin, options);
    std::cout.flush();
    _exit(code);
  }
  const int code = exit_code_of(child);
  std::cout << (code == exit_done ? "passed" : "failed") << '\n';
  return code;
}

}  // namespace trainbus::cli
