// Watches process-wide state while a plugin's code runs.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/host/process_state.hpp"

namespace trainbus::cli {

class ProcessWatch {
 public:
  ProcessWatch();  // the current state is the host's

  // The differences, each as a phrase: "the locale (…)", "an open file (/tmp/x)". Restores what it
  // can; the rest is not reported again.
  std::vector<std::string> changes();
  // The same for what an instance may have while it exists: open files and threads.
  std::vector<std::string> leftovers();

 private:
  ProcessState state_;
  std::vector<std::string> environment_;
  std::set<std::string> files_, threads_;  // "3 /dev/null"; thread ids
};

}  // namespace trainbus::cli
