// Who is writing a run, found without touching its lock.
#pragma once

#include <filesystem>
#include <string>

namespace trainbus::report {

struct Holder {
  bool alive = false;  // a process of this machine holds the lock
  std::string words;   // what the last holder wrote into run.lock: "process 42 on host"; or empty
};

// Reads /proc/locks: taking the lock to try it, even for an instant, could refuse a run that
// begins.
Holder holder_of(const std::filesystem::path& run_folder);

}  // namespace trainbus::report
