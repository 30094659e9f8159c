// Runs several programs together, as a launcher does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trainbus::cli {

// How a process ended: its exit code, or the signal that ended it.
struct ProcessEnd {
  int code = 0, signal = 0;
};

// Starts these commands (program and arguments) and waits for the first of them, whose end is
// returned; the others then get some seconds to end by themselves. A lost one of the others is only
// logged. SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 are passed on to the first. The processes
// end with this one, however it ends. Throws RunError if one cannot be started.
ProcessEnd run_together(const std::vector<std::vector<std::string>>& commands);

// A TCP port of 127.0.0.1 that is free now. Throws RunError if there is none.
std::uint16_t free_local_port();

}  // namespace trainbus::cli
