// Writes a checkpoint: a folder of files that is there whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/manifest.hpp"
#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

// A file of a checkpoint that is being written. Its bytes go to the disk as they come; their sum is
// kept on the way.
class TRAINBUS_EXPORT CheckpointFile {
 public:
  explicit CheckpointFile(std::unique_ptr<File> file);
  void append(std::string_view bytes);  // throws RunError

 private:
  friend class CheckpointWriter;
  ManifestEntry finish(const std::string& name);  // on disk, and closed

  std::unique_ptr<File> file_;
  std::uint32_t crc_ = 0;
};

// Fills checkpoints/step-N.tmp-PID. commit() makes it durable and renames it to checkpoints/step-N;
// the destructor takes it away if that has not happened. All calls throw RunError, after which only
// the destructor may follow; older checkpoints are never touched. One thread, one process.
class TRAINBUS_EXPORT CheckpointWriter {
 public:
  // Refuses if the disk has less than 1.1 times the estimate free. The folder `checkpoints` is made
  // if need be.
  CheckpointWriter(FileSystem& files, std::filesystem::path checkpoints, std::uint64_t step,
                   std::uint64_t estimated_bytes);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Where other code may put files of its own, before commit(), which reads them back for their
  // sums. They need not be synced.
  const std::filesystem::path& folder() const { return folder_; }

  // A new file, open until commit() or the destructor. name: relative to the folder, as
  // is_entry_name asks; subfolders are made. expected_bytes: its size, to be reserved on the disk;
  // 0 if it is not known.
  CheckpointFile& open(const std::string& name, std::uint64_t expected_bytes = 0);
  void add(const std::string& name, std::string_view bytes);

  // The final path. Should there be a checkpoint of this step already, it stays if it is good, and
  // this one is dropped; a damaged one is renamed to step-N.bad.
  std::filesystem::path commit();

 private:
  Manifest finish_files();
  void take_place();
  void discard() noexcept;

  FileSystem& files_;
  std::filesystem::path checkpoints_, final_, folder_;
  std::uint64_t step_;
  std::map<std::string, CheckpointFile> written_;
  bool in_place_ = false;
};

}  // namespace trainbus
