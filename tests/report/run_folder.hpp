// A folder of runs, written as the trainer and the sinks would.
#pragma once

#include <string>

#include "support/test_paths.hpp"

namespace trainbus::testing {

class RunFolder {
 public:
  // Makes the folder of a run with a run.json of these options, {"lr":{"value":…,"source":…}}.
  void add_run(const std::string& run, const std::string& options = "{}",
               const std::string& rest = "");
  void write(const std::string& file, const std::string& text);
  std::string operator/(const std::string& name) const { return folder_ / name; }
  const ScratchFolder& root() const { return folder_; }

 private:
  ScratchFolder folder_;
};

// A record of metrics.jsonl; fields: what follows the head, `"loss":0.5`.
std::string record(const std::string& type, int step, const std::string& fields, int attempt = 1);

}  // namespace trainbus::testing
