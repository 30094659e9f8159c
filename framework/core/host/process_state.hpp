// Process-wide state that a plugin's native code can change, captured around its loading and
// creation. (The floating-point environment belongs to the calling thread.)
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/bus/float_environment.hpp"
#include "core/export.hpp"

namespace trainbus {

class TRAINBUS_EXPORT ProcessState {
 public:
  ProcessState();  // captures
  // Restores what differs and returns its names: "the locale ("de_DE.UTF-8" instead of "C")".
  std::vector<std::string> restore() const;

 private:
  static constexpr int signal_count = 65;
  FloatEnvironment floats_;
  std::string locale_;
  std::filesystem::path directory_;
  mode_t umask_;
  sigset_t mask_;  // signals that this thread blocks
  std::array<struct sigaction, signal_count> actions_;
};

// Restores what changed in its scope, also after exceptions, with one warning that names it. who:
// "loading csv.so".
class ProcessStateGuard {
 public:
  // How many guards of this process found a change.
  TRAINBUS_EXPORT static int changes();
  explicit ProcessStateGuard(std::string who) : who_(std::move(who)) {}
  TRAINBUS_EXPORT ~ProcessStateGuard();
  ProcessStateGuard(const ProcessStateGuard&) = delete;
  ProcessStateGuard& operator=(const ProcessStateGuard&) = delete;

 private:
  std::string who_;
  ProcessState before_;
};

}  // namespace trainbus
