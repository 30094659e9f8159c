// Finds the process that writes a run, without touching its lock.
#pragma once

#include <filesystem>
#include <string>

namespace trainbus::report {

struct Holder {
  bool alive = false;  // a process of this machine holds the lock
  std::string words;   // content of run.lock: "process 42 on host"; or empty
};

// Reads /proc/locks: testing the lock by taking it could make a starting run fail.
Holder holder_of(const std::filesystem::path& run_folder);

}  // namespace trainbus::report
