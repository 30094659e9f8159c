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
// words; EINTR and short transfers are handled inside. One thread at a time, but sync may run beside
// append.
class TRAINBUS_EXPORT File {
 public:
  virtual ~File();
  // Appends all of data, in one write(2) if the system lets it, or none: after a failed or short
  // write the file is cut back to where it was. Should that fail too, the next append tries it
  // first.
  virtual void append(std::string_view data) = 0;
  virtual void read(std::uint64_t offset, std::span<char> data) = 0;  // exactly data.size() bytes
  virtual void truncate(std::uint64_t length) = 0;
  // fdatasync. A failure is final for what was not yet on disk: the kernel may have dropped it, so
  // that a second call would succeed falsely.
  virtual void sync() = 0;
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
    Read     // open; only read, length and path may be called
  };
  virtual std::unique_ptr<File> open(const std::filesystem::path& path, Mode mode) = 0;
  // Writes a temporary beside it, syncs, renames over it, syncs the folder: at every instant the
  // old or the new content is there, whole. On failure the temporary is removed.
  virtual void replace(const std::filesystem::path& path, std::string_view data) = 0;
  virtual std::string read_all(const std::filesystem::path& path) = 0;
  virtual bool exists(const std::filesystem::path& path) = 0;
  virtual std::vector<std::string> list(const std::filesystem::path& folder) = 0;  // names, sorted
  virtual void make_folders(const std::filesystem::path& path) = 0;                // with parents
  virtual void remove(const std::filesystem::path& path) = 0;  // a file; it must exist
};

// The real one.
TRAINBUS_EXPORT FileSystem& file_system();
// One over other system calls, which must outlive it.
TRAINBUS_EXPORT std::unique_ptr<FileSystem> make_file_system(SystemCalls& calls);

}  // namespace trainbus
