// A file to which frames are appended, and which never loses one that it reported as written, even
// if the disk is full or fails to sync. Private to the journal's writer.
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

// Frames that cannot be written are kept in memory and written by a later append or sync. Written
// frames are kept until they are on disk, since the kernel may drop what it failed to store. The
// begin and the end of a failure are logged once each, with the first step that it affects. Any
// thread; an append never waits for fdatasync.
class DurableFile {
 public:
  // The file must be completely on disk. last_step: that of its last record of a step.
  DurableFile(FileSystem& files, std::unique_ptr<File> file, std::uint64_t last_step);

  // Returns whether this frame and all before it now outlive the process. Throws RunError if no
  // more can be kept in memory.
  bool append(std::string_view frame);
  // Syncs everything that was appended; returns whether it is on disk.
  bool sync();
  // Whether everything that was appended outlives the process.
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
  bool reported_ = false;   // logged that rewriting the file failed too
  std::uint64_t synced_;    // bytes on disk
  std::uint64_t synced_step_;

  mutable std::mutex mutex_;    // guards the members below
  std::unique_ptr<File> file_;  // null: it has to be reopened; set to null under both locks
  std::string pending_;         // whole frames that are not written
  std::string unsynced_;        // the last bytes, written but not on disk
  std::uint64_t written_;       // bytes
  std::uint64_t written_step_;
  std::string write_error_;
};

}  // namespace trainbus::journal
