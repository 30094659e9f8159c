// What belongs to the whole process and not to a plugin, watched while its code runs.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/host/process_state.hpp"

namespace trainbus::cli {

class ProcessWatch {
 public:
  ProcessWatch();  // what is there now is the host's

  // What differs, each as a phrase: "the locale (…)", "an open file (/tmp/x)". Puts back what can
  // be put back; the rest is not told again.
  std::vector<std::string> changes();
  // The same for what may be there while an instance lives: open files and threads.
  std::vector<std::string> leftovers();

 private:
  ProcessState state_;
  std::vector<std::string> environment_;
  std::set<std::string> files_, threads_;  // "3 /dev/null"; thread ids
};

}  // namespace trainbus::cli
