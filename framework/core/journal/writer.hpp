// The journal of a run as it grows: what append accepted outlives the process.
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

// One writer a file (the run's lock sees to that); its functions are for one thread at a time.
class TRAINBUS_EXPORT Writer {
 public:
  enum class Sync {
    Background,  // a thread brings records to disk, at most 100 ms after they were appended
    OnFlush      // flush and the destructor do
  };

  // A new journal, on disk with its header when this returns. Throws RunError, also if the file
  // exists.
  Writer(FileSystem& files, const std::filesystem::path& path, const Header& header,
         Sync sync = Sync::Background);
  // Goes on where read found the end; what was damaged there is cut off. Throws RunError.
  Writer(FileSystem& files, const std::filesystem::path& path, const Contents& contents,
         Sync sync = Sync::Background);
  ~Writer();  // flushes
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // One write(2) on the calling thread, in steady state without allocating or waiting for the disk.
  // True: this record and all before it outlive the process. False: they are in memory, the log
  // says so, and each append and flush tries again. Throws RunError if the record does not fit the
  // format, or if some MB wait already. For the alternatives of Record.
  template <class R>
  bool append(const R& record);
  bool append(const Record& record);
  // Waits until all is on disk. False: it is not; the log says why.
  bool flush();

 private:
  Writer(FileSystem& files, std::unique_ptr<File> file, std::uint64_t last_step, Sync sync);
  void keep_syncing();

  std::unique_ptr<DurableFile> file_;
  std::string frame_;
  std::mutex mutex_;  // of ending_
  std::condition_variable end_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace trainbus::journal
