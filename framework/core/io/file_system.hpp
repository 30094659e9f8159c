// All file I/O of trainbus: small, checked, replaceable by a test double that injects faults.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

class SystemCalls;

// An open file, closed by its destructor. All calls throw RunError with the path and the system's
// message; EINTR and short transfers are handled inside. One thread at a time, but sync may run
// concurrently with append.
class TRAINBUS_EXPORT File {
 public:
  virtual ~File();
  // Appends all of data, in one write(2) if possible, or none: after a failed or short write the
  // file is truncated to its earlier length. If that fails too, the next append tries it first.
  virtual void append(std::string_view data) = 0;
  virtual void read(std::uint64_t offset, std::span<char> data) = 0;  // exactly data.size() bytes
  virtual void truncate(std::uint64_t length) = 0;
  // Reserves space for a file of this size, so that a full disk is found before anything is
  // written. The length does not change; a file system without support does nothing.
  virtual void reserve(std::uint64_t bytes) = 0;
  // fdatasync. A failure is final for data that is not on disk yet: the kernel may have dropped it,
  // so a second call could succeed without it.
  virtual void sync() = 0;
  // Closes now, so that errors that only close(2) reports (on NFS, with quotas) are thrown. The
  // last call.
  virtual void close() = 0;
  virtual std::uint64_t length() const = 0;  // bytes
  virtual const std::filesystem::path& path() const = 0;
};

// Stateless but for its system calls; any thread.
class TRAINBUS_EXPORT FileSystem {
 public:
  virtual ~FileSystem();
  enum class Mode {
    Append,  // open or create, positioned at the end
    New,     // create; it must not exist
    Read     // open; only read, sync, close, length and path may be called
  };
  enum class Type { File, Folder, Other };  // Other: a symbolic link, a device, a pipe
  virtual std::unique_ptr<File> open(const std::filesystem::path& path, Mode mode) = 0;
  // Opens or creates the file and holds an exclusive lock (flock) on it until the File is destroyed
  // or the process ends. Null if another process holds it.
  virtual std::unique_ptr<File> lock(const std::filesystem::path& path) = 0;
  // Atomically: writes a temporary file in the same folder, syncs it, renames it over path and
  // syncs the folder. On failure the temporary file is removed. A device or a pipe is refused.
  virtual void replace(const std::filesystem::path& path, std::string_view data) = 0;
  virtual std::string read_all(const std::filesystem::path& path) = 0;
  virtual bool exists(const std::filesystem::path& path) = 0;
  virtual Type type(const std::filesystem::path& path) = 0;  // of the entry itself; it must exist
  virtual std::vector<std::string> list(const std::filesystem::path& folder) = 0;  // names, sorted
  virtual void make_folders(const std::filesystem::path& path) = 0;                // with parents
  virtual void remove(const std::filesystem::path& path) = 0;  // a file; it must exist
  // Removes a file, or a folder with its contents. Links are removed, not followed. Not synced, in
  // no particular order.
  virtual void remove_tree(const std::filesystem::path& path) = 0;
  // Both rename a file or a folder within one file system; durable once the folders are synced.
  virtual void rename_over(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Returns false, without renaming, if `to` exists. Check and rename are one step where the file
  // system supports it, else two.
  virtual bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Makes the folder's entries durable: files created, renamed and removed there.
  virtual void sync_folder(const std::filesystem::path& folder) = 0;
  // The bytes that this user may still write to the file system of the path.
  virtual std::uint64_t free_bytes(const std::filesystem::path& path) = 0;
};

// The real one.
TRAINBUS_EXPORT FileSystem& file_system();
// A file system over other system calls, which must outlive it.
TRAINBUS_EXPORT std::unique_ptr<FileSystem> make_file_system(SystemCalls& calls);

}  // namespace trainbus
