// The environment variables that tqdm reads for all bars.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace trainbus::progress {

// A variable that is unset or empty has no effect. 0, false, no and off mean false; tqdm takes any
// text for true.
struct Environment {
  bool disable = false;                  // TQDM_DISABLE
  std::optional<double> min_interval_s;  // TQDM_MININTERVAL, 0 to 86400
  std::optional<std::size_t> columns;    // TQDM_NCOLS, 0 to 10000; 0: no bar, only the numbers
  std::optional<bool> ascii;             // TQDM_ASCII; own characters count as what they are
  std::vector<std::string> complaints;   // about values that are ignored, one sentence each
};

// Reads the process's environment.
Environment read_environment();

}  // namespace trainbus::progress
