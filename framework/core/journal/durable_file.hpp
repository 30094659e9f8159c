// A file that grows by frames, which never loses one that it said was written: neither to a full
// disk, nor to one that fails to sync. Private to the journal's writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/io/file_system.hpp"

namespace trainbus::journal {

// What cannot be written is kept in memory and tried again with each append and sync. What is
// written is kept until it is on disk, since the kernel may drop what it failed to bring there.
// Trouble and its end are logged, once each, with the step since when it matters. Any thread; an
// append never waits for fdatasync.
class DurableFile {
 public:
  // All of the file is on disk; last_step: that of its last record of a step.
  DurableFile(FileSystem& files, std::unique_ptr<File> file, std::uint64_t last_step);

  // Whether this frame and all before it outlive the process from now on. Throws RunError if no
  // more can be kept in memory.
  bool append(std::string_view frame);
  // Brings to disk what was appended; whether it is there.
  bool sync();
  // Whether all that was appended outlives the process.
  bool all_written() const;

 private:
  bool write(std::string_view frame);
  bool write_pending();
  void reopen();
  void synced_up_to(std::uint64_t bytes, std::uint64_t step);
  bool write_anew();

  FileSystem& files_;
  const std::filesystem::path path_;

  std::mutex syncing_;      // held during fdatasync; always taken before mutex_
  std::string sync_error_;  // why the open file cannot be trusted to reach the disk
  bool reported_ = false;   // that it cannot be written anew either
  std::uint64_t synced_;    // bytes on disk
  std::uint64_t synced_step_;

  mutable std::mutex mutex_;    // of what follows
  std::unique_ptr<File> file_;  // null: to be opened again; becomes so under both locks
  std::string pending_;         // not written: whole frames
  std::string unsynced_;        // the last bytes that are written, but not on disk
  std::uint64_t written_;       // bytes
  std::uint64_t written_step_;
  std::string write_error_;
};

}  // namespace trainbus::journal
