// Records who writes which file of a run. The run enters its own files first; a sink claims a file
// before it opens or replaces it, so that no two writers have the same file.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

// The claims of instances on the files that they write. Any thread.
class TRAINBUS_EXPORT FileClaims {
 public:
  // id identifies the writer, since two may have the same name; name is for messages.
  struct Writer {
    const void* id = nullptr;
    std::string_view name;
  };
  virtual ~FileClaims();
  // Gives the file to the writer, who may claim it more than once. path is absolute. Throws
  // UsageError if another writer has the file, under whatever path.
  virtual void claim(const std::filesystem::path& path, Writer writer) = 0;
  // Releases one claim.
  virtual void release(const std::filesystem::path& path, Writer writer) = 0;
  // Releases all of the writer's claims.
  virtual void release_all(Writer writer) = 0;
  // Whether the file is known to be one that an earlier attempt of this run wrote.
  virtual bool is_of_this_run(const std::filesystem::path& path) = 0;
};

// Two paths are one file if they are equal once all symbolic links in them are followed, also a
// link whose target is not there yet, or if both lead to one file by hard links or mounts.
class TRAINBUS_EXPORT FileRegister final : public FileClaims {
 public:
  FileRegister();
  // For a run in this folder, an absolute path: the register contains all files that a run writes
  // there, temporary ones included.
  explicit FileRegister(const std::filesystem::path& run_folder);
  ~FileRegister() override;

  // Reserves this path, and everything below it, for the run itself. what: completes "it is …".
  void reserve(const std::filesystem::path& path, std::string_view what);
  // Records that an earlier attempt of this run wrote the file.
  void adopt(const std::filesystem::path& path);

  void claim(const std::filesystem::path& path, Writer writer) override;
  void release(const std::filesystem::path& path, Writer writer) override;
  void release_all(Writer writer) override;
  bool is_of_this_run(const std::filesystem::path& path) override;

 private:
  struct Entry {
    std::filesystem::path path;  // without links
    const void* writer;          // null: the run
    std::string name;            // of the writer, or what the run uses the file for
    int claims;
  };
  const Entry* other_writer(const std::filesystem::path& path, const void* writer) const;

  std::filesystem::path folder_;  // without links; empty: there is none
  std::mutex mutex_;
  std::vector<Entry> entries_;
  std::vector<std::filesystem::path> adopted_;
};

// The register for instances whose run has none of its own.
TRAINBUS_EXPORT FileRegister& process_file_register();

// The path with every symbolic link in it followed, whether its target is there or not.
TRAINBUS_EXPORT std::filesystem::path without_links(const std::filesystem::path& path);

}  // namespace trainbus
