// This process's resident memory, from /proc.
#pragma once

#include <malloc.h>

#include <fstream>
#include <string>

#include "models/activation_memory.hpp"

namespace trainbus::bench {

// A line of /proc/self/status in MiB: VmRSS is resident now, VmHWM the highest it was.
inline double status_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  return 0;
}

// The increase of resident memory while work runs, in MiB.
template <class Work>
double peak_mib(const Work& work) {
  malloc_trim(0);
  release_unused_tensor_memory();
  std::ofstream("/proc/self/clear_refs") << "5";
  const double before = status_mib("VmRSS");
  work();
  return status_mib("VmHWM") - before;
}

}  // namespace trainbus::bench
