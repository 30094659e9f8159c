// The command line: finds the verb, runs it, and turns exceptions into an error message and an exit
// code.
#pragma once

#include <string>
#include <vector>

namespace trainbus::cli {

using Arguments = std::vector<std::string>;

enum ExitCode {
  exit_done = 0,
  exit_failed = 1,       // while running
  exit_refused = 2,      // before step 0
  exit_quarantined = 3,  // under --strict-plugins
};

// arguments: all but the program's name. engine_tag: hash of the engine's build tag; empty: no
// engine. Returns the exit code; if a signal ended the run, the process ends by that signal
// instead.
int run(const Arguments& arguments, const std::string& engine_tag);

}  // namespace trainbus::cli
