// The only file I/O of trainbus: small, checked, replaceable by a test double that injects faults.
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
// words; EINTR and short transfers are handled inside. One thread at a time, but sync may run
// beside append.
class TRAINBUS_EXPORT File {
 public:
  virtual ~File();
  // Appends all of data, in one write(2) if the system lets it, or none: after a failed or short
  // write the file is cut back to where it was. Should that fail too, the next append tries it
  // first.
  virtual void append(std::string_view data) = 0;
  virtual void read(std::uint64_t offset, std::span<char> data) = 0;  // exactly data.size() bytes
  virtual void truncate(std::uint64_t length) = 0;
  // Sets space aside for a file of so many bytes, so that a full disk shows before anything is
  // written. The length stays; a file system that cannot do it does nothing.
  virtual void reserve(std::uint64_t bytes) = 0;
  // fdatasync. A failure is final for what was not yet on disk: the kernel may have dropped it, so
  // that a second call would succeed falsely.
  virtual void sync() = 0;
  // Closes now, so that what only closing finds (on NFS, with quotas) is reported. The last call.
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
  // Opens or creates the file and holds an exclusive lock (flock) on it while the File lives, and
  // no longer than this process. Null if another holds it.
  virtual std::unique_ptr<File> lock(const std::filesystem::path& path) = 0;
  // Writes a temporary beside it, syncs, renames over it, syncs the folder: at every instant the
  // old or the new content is there, whole. On failure the temporary is removed. A device or a
  // pipe is refused.
  virtual void replace(const std::filesystem::path& path, std::string_view data) = 0;
  virtual std::string read_all(const std::filesystem::path& path) = 0;
  virtual bool exists(const std::filesystem::path& path) = 0;
  virtual Type type(const std::filesystem::path& path) = 0;  // of the entry itself; it must exist
  virtual std::vector<std::string> list(const std::filesystem::path& folder) = 0;  // names, sorted
  virtual void make_folders(const std::filesystem::path& path) = 0;                // with parents
  virtual void remove(const std::filesystem::path& path) = 0;  // a file; it must exist
  // A file, or a folder with all that is in it. Links are removed, not followed. Not synced, and in
  // no order that anybody may rely on.
  virtual void remove_tree(const std::filesystem::path& path) = 0;
  // Both rename a file or a folder within one file system; durable once the folders are synced.
  virtual void rename_over(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // False, and nothing done, if `to` exists. Where the file system cannot check and rename in one
  // step, it is two.
  virtual bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Makes the names in a folder durable: what was created, renamed and removed there.
  virtual void sync_folder(const std::filesystem::path& folder) = 0;
  // What this user may still write to the file system that holds the path.
  virtual std::uint64_t free_bytes(const std::filesystem::path& path) = 0;
};

// The real one.
TRAINBUS_EXPORT FileSystem& file_system();
// One over other system calls, which must outlive it.
TRAINBUS_EXPORT std::unique_ptr<FileSystem> make_file_system(SystemCalls& calls);

}  // namespace trainbus
