// The run that `--overwrite` replaces: its files are set aside until the new run has begun, so that
// at every instant one of the two is whole.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

// Whether a process ended between the two runs, so that settle_replaced_run has something to do.
TRAINBUS_EXPORT bool has_replaced_run(FileSystem& files, const std::filesystem::path& run);

// Before anything else in a run's folder, by the process that holds its lock: if a process ended
// before the new run had begun, puts the earlier one back; if it had begun, removes the earlier
// one. Throws RunError; it can be tried again.
TRAINBUS_EXPORT void settle_replaced_run(FileSystem& files, const std::filesystem::path& run);

// By the process that holds the folder's lock.
class TRAINBUS_EXPORT ReplacedRun {
 public:
  // Moves the files of the run to the folder earlier-run.set-aside in it. Files that no run wrote
  // stay. Throws RunError, with all files in their places.
  ReplacedRun(FileSystem& files, std::filesystem::path run);
  // Puts them back, and removes what came since, unless remove() was called.
  ~ReplacedRun();
  ReplacedRun(const ReplacedRun&) = delete;
  ReplacedRun& operator=(const ReplacedRun&) = delete;

  // The new run's run.json is there: the earlier run is removed for good. A failure is logged.
  void remove() noexcept;

 private:
  void set_aside();
  void put_back() noexcept;

  FileSystem& files_;
  std::filesystem::path run_;
  std::vector<std::filesystem::path> kept_;  // files that stayed in their places
  bool is_removed_ = false;
};

}  // namespace trainbus
