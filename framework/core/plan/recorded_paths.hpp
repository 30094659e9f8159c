// Where the files of a recorded run are now: in another folder, or on another machine.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

// The paths of a record are relative to the folder that its process was in.
class TRAINBUS_EXPORT RecordedPaths {
 public:
  // run: the run's folder as it is now.
  RecordedPaths(std::string_view run_json, const std::filesystem::path& run);

  // The absolute path of what the record calls `path`: as it was then, or lying to the run's folder
  // as it did then, if the run was moved or copied together with it; of a relative path that one
  // first. What is nowhere is given as it was then.
  std::string find(const std::string& path) const;

 private:
  std::filesystem::path run_;     // now
  std::filesystem::path then_;    // where the run was; empty: not known
  std::filesystem::path folder_;  // that relative paths are relative to; empty: not known
};

// The paths among a spec's own options and its task's, where they came from its record, become
// absolute. The options of plugins stay: those are relative to the run's folder. record: the name
// that the values have as their source.
TRAINBUS_EXPORT void locate_recorded(RunSpec& spec, const RecordedPaths& paths,
                                     std::string_view record);

}  // namespace trainbus
