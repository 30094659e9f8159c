// Who writes which file of a run. The run enters its own names first; a sink asks before it opens
// or replaces a file, so that no two writers ever have the same one.
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

// What an instance asks before it writes. Any thread.
class TRAINBUS_EXPORT FileClaims {
 public:
  // id tells writers apart, for two may have one name; name is for messages.
  struct Writer {
    const void* id = nullptr;
    std::string_view name;
  };
  virtual ~FileClaims();
  // From now on the writer has this file; it may claim it more than once. path is absolute. Throws
  // UsageError if another writer has it, whatever way leads there.
  virtual void claim(const std::filesystem::path& path, Writer writer) = 0;
  // Takes one claim back.
  virtual void release(const std::filesystem::path& path, Writer writer) = 0;
  // Takes all of the writer's claims back.
  virtual void release_all(Writer writer) = 0;
  // Whether the file is known to be one that an earlier attempt of this run wrote.
  virtual bool is_of_this_run(const std::filesystem::path& path) = 0;
};

// Two paths are one file if they are equal once all symbolic links in them are followed, also a
// link whose target is not there yet, or if both lead to one file by hard links or mounts.
class TRAINBUS_EXPORT FileRegister final : public FileClaims {
 public:
  FileRegister();
  // Of a run in this folder, which is absolute: with all names that a run writes there, and those
  // of its temporary files.
  explicit FileRegister(const std::filesystem::path& run_folder);
  ~FileRegister() override;

  // The run itself has this path, and all that is below it. what: completes "it is …".
  void reserve(const std::filesystem::path& path, std::string_view what);
  // An earlier attempt of this run wrote it.
  void adopt(const std::filesystem::path& path);

  void claim(const std::filesystem::path& path, Writer writer) override;
  void release(const std::filesystem::path& path, Writer writer) override;
  void release_all(Writer writer) override;
  bool is_of_this_run(const std::filesystem::path& path) override;

 private:
  struct Entry {
    std::filesystem::path path;  // without links
    const void* writer;          // null: the run
    std::string name;            // of the writer, or what the run has it for
    int claims;
  };
  const Entry* other_writer(const std::filesystem::path& path, const void* writer) const;

  std::filesystem::path folder_;  // without links; empty: there is none
  std::mutex mutex_;
  std::vector<Entry> entries_;
  std::vector<std::filesystem::path> adopted_;
};

// For instances whose run keeps no register of its own.
TRAINBUS_EXPORT FileRegister& process_file_register();

// The path with every symbolic link in it followed, whether its target is there or not.
TRAINBUS_EXPORT std::filesystem::path without_links(const std::filesystem::path& path);

}  // namespace trainbus
