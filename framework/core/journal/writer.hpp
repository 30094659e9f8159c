// Writes the journal of a run: records that append() accepted outlive the process.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/export.hpp"
#include "core/io/file_system.hpp"
#include "core/journal/reader.hpp"
#include "core/journal/records.hpp"

namespace trainbus::journal {

class DurableFile;

// One writer a file, which the run's lock ensures. One thread at a time.
class TRAINBUS_EXPORT Writer {
 public:
  enum class Sync {
    Background,  // a thread syncs records to disk at most 100 ms after they were appended
    OnFlush      // only flush() and the destructor sync
  };

  // Makes a new journal, which is on disk with its header when this returns. Throws RunError, also
  // if the file exists.
  Writer(FileSystem& files, const std::filesystem::path& path, const Header& header,
         Sync sync = Sync::Background);
  // Continues a journal after its last good record; damaged bytes after it are cut off. Throws
  // RunError.
  Writer(FileSystem& files, const std::filesystem::path& path, const Contents& contents,
         Sync sync = Sync::Background);
  ~Writer();  // flushes
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // One write(2) on the calling thread, in steady state without allocating or waiting for the disk.
  // True: this record and all before it outlive the process. False: they are kept in memory, with a
  // line in the log, and every append and flush tries to write them. Throws RunError if the record
  // does not fit the format, or if several MB are waiting. For the alternatives of Record.
  template <class R>
  bool append(const R& record);
  bool append(const Record& record);
  // Waits until everything is on disk. False: that failed, and the log says why.
  bool flush();

 private:
  Writer(FileSystem& files, std::unique_ptr<File> file, std::uint64_t last_step, Sync sync);
  void keep_syncing();

  std::unique_ptr<DurableFile> file_;
  std::string frame_;
  std::mutex mutex_;  // guards ending_
  std::condition_variable end_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace trainbus::journal
