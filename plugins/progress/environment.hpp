// What users of tqdm set for all their bars, in the environment.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace trainbus::progress {

// A variable that is not set, or empty, says nothing. Words are read as people mean them: 0, false,
// no and off are false, where tqdm takes any text for true.
struct Environment {
  bool disable = false;                  // TQDM_DISABLE
  std::optional<double> min_interval_s;  // TQDM_MININTERVAL, 0 to 86400
  std::optional<std::size_t> columns;    // TQDM_NCOLS, 0 to 10000; 0: no bar, only the numbers
  std::optional<bool> ascii;             // TQDM_ASCII; own characters count as what they are
  std::vector<std::string> complaints;   // about values that are ignored, one sentence each
};

// Of the process, now.
Environment read_environment();

}  // namespace trainbus::progress
