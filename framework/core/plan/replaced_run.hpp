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

// Called before anything else in a run's folder, by the process that holds its lock: if a process
// ended before the new run had begun, restores the earlier run; if it had begun, removes the
// earlier run. Throws RunError; it can be called once more.
TRAINBUS_EXPORT void settle_replaced_run(FileSystem& files, const std::filesystem::path& run);

// Used by the process that holds the folder's lock.
class TRAINBUS_EXPORT ReplacedRun {
 public:
  // Moves the files of the run to the folder earlier-run.set-aside in it. Files that no run wrote
  // stay. Throws RunError, with all files in their places.
  ReplacedRun(FileSystem& files, std::filesystem::path run);
  // Restores the files and removes later ones, unless remove() was called.
  ~ReplacedRun();
  ReplacedRun(const ReplacedRun&) = delete;
  ReplacedRun& operator=(const ReplacedRun&) = delete;

  // Removes the earlier run, after the new run's run.json was written. A failure is logged.
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
