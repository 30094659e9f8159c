// The options of `trainbus report`.
#pragma once

#include <string>
#include <vector>

#include "core/host/option.hpp"

namespace trainbus::report {

struct Request {
  std::vector<std::string> runs;  // folders
  std::string output;             // empty: not given
  std::string title;              // empty: not given
  bool watch = false, overwrite = false;
  unsigned short port = 0;  // 0: any free one
};

const std::vector<Option>& options();

// Runs and options in any order; -o is --output; after -- all are runs. Throws UsageError.
Request parse(const std::vector<std::string>& arguments);

}  // namespace trainbus::report
