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

// A file of a checkpoint that is being written. Its bytes go to the disk at once, and its checksum
// is updated.
class TRAINBUS_EXPORT CheckpointFile {
 public:
  explicit CheckpointFile(std::unique_ptr<File> file);
  void append(std::string_view bytes);  // throws RunError

 private:
  friend class CheckpointWriter;
  ManifestEntry finish(const std::string& name);  // syncs and closes it

  std::unique_ptr<File> file_;
  std::uint32_t crc_ = 0;
};

// Fills checkpoints/step-N.tmp-PID. commit() makes it durable and renames it to checkpoints/step-N;
// without commit() the destructor removes it. All calls throw RunError, after which only the
// destructor may be called; older checkpoints are never touched. One thread, one process.
class TRAINBUS_EXPORT CheckpointWriter {
 public:
  // Refuses if the disk has less than 1.1 times the estimate free. The folder `checkpoints` is made
  // if need be.
  CheckpointWriter(FileSystem& files, std::filesystem::path checkpoints, std::uint64_t step,
                   std::uint64_t estimated_bytes);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Other code may put files of its own into this folder before commit(), which reads them back for
  // their checksums. They need not be synced.
  const std::filesystem::path& folder() const { return folder_; }

  // A new file, open until commit() or the destructor. name: relative to the folder, see
  // is_entry_name; subfolders are made. expected_bytes: its size, which is reserved on the disk; 0
  // if it is unknown.
  CheckpointFile& open(const std::string& name, std::uint64_t expected_bytes = 0);
  void add(const std::string& name, std::string_view bytes);

  // Returns the final path. If there is already a checkpoint of this step, a good one stays and
  // this one is removed; a damaged one is renamed to step-N.bad.
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
