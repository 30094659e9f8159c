// Where the files of a recorded run are now: in another folder, or on another machine.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

// Resolves the paths of a record, which are relative to its process's working directory.
class TRAINBUS_EXPORT RecordedPaths {
 public:
  // run: the run's folder as it is now.
  RecordedPaths(std::string_view run_json, const std::filesystem::path& run);

  // The absolute path of the record's `path`: the recorded one, or the one that has the same
  // position relative to the run's folder, if both were moved or copied together. For a relative
  // path the latter is tried first. If neither exists, returns the recorded one.
  std::string find(const std::string& path) const;

 private:
  std::filesystem::path run_;     // the run's folder now
  std::filesystem::path then_;    // the run's folder in the record; empty: unknown
  std::filesystem::path folder_;  // the process's working directory; empty: unknown
};

// Makes paths from the record absolute, in the spec's own options and its task's. The options of
// plugins are unchanged: they are relative to the run's folder. record: the source of the record's
// values.
TRAINBUS_EXPORT void locate_recorded(RunSpec& spec, const RecordedPaths& paths,
                                     std::string_view record);

}  // namespace trainbus
