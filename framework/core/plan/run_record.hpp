// A run's directory and run.lock, which keeps other processes from writing the run.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

// An exclusive lock on a run directory, held until destroyed (the kernel drops it after a kill).
// On a file system without locks, a line is logged, and the run goes on without a lock.
class TRAINBUS_EXPORT RunLock {
 public:
  // Throws UsageError naming the other's pid and host if it is held, or if the directory cannot be
  // written.
  explicit RunLock(const std::filesystem::path& run_directory, FileSystem& files = file_system());
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // Keeps run.lock, when the run has begun. Otherwise the destructor restores or removes it.
  void keep() { is_kept_ = true; }

 private:
  void write(std::string_view text) noexcept;
  void remove() noexcept;

  FileSystem& files_;
  bool is_new_, is_kept_ = false;
  std::string before_;  // the former text of run.lock
  std::unique_ptr<File> file_;
};

// Creates the directory (parents too) and returns its absolute path; UsageError if it exists and is
// not empty, or cannot be made.
TRAINBUS_EXPORT std::filesystem::path make_run_directory(const std::filesystem::path& path);

// SHA-256 of a file in hexadecimal.
TRAINBUS_EXPORT std::string sha256_file(const std::filesystem::path& path);

}  // namespace trainbus
