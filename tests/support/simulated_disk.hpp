// A disk in memory behind SystemCalls. It knows what was synced: bytes by fsync or fdatasync of the
// file, names by fsync of the folder.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/system_calls.hpp"

namespace trainbus::testing {

enum class Fault {
  None,
  Interrupted,    // EINTR, nothing done
  ShortTransfer,  // write and pread move half; other calls work
  NoSpace,        // ENOSPC, once
  DiskFull,       // as NoSpace, but a write moves half, and all later writes fail too
  IoError,        // EIO, once
  DiskGone        // as IoError, but a write moves half, and all later calls fail too
};

class SimulatedDisk : public SystemCalls {
 public:
  void fail(Fault fault, std::uint64_t k) { fault_ = fault, at_ = k, calls_ = 0, met_ = false; }
  bool fault_met() const { return met_; }
  std::uint64_t calls() const { return calls_; }
  std::size_t file_count() const { return names_.size(); }
  std::size_t open_count() const { return open_.size(); }
  std::optional<std::string> content(const std::string& path) const {
    const auto found = names_.find(path);
    return found == names_.end() ? std::nullopt : std::optional(found->second->bytes);
  }
  void lose_power() {
    names_ = synced_names_;
    folders_ = synced_folders_;
    for (auto& [path, file] : names_) file->bytes = file->synced;
    open_.clear();
  }

  int open(const char* path, int flags, mode_t) override {
    if (fails()) return -1;
    if (folders_.contains(path)) return opened({.path = path});
    const auto found = names_.find(path);
    if (found != names_.end() && (flags & O_EXCL)) return error(EEXIST);
    if (found == names_.end() && !(flags & O_CREAT)) return error(ENOENT);
    if (!folders_.contains(folder_of(path))) return error(ENOENT);
    auto& file = names_[path];
    if (!file) file = std::make_shared<Inode>();
    return opened({.path = path, .file = file});
  }
  int close(int fd) override {
    const bool failed = fails();
    return open_.erase(fd) == 0 ? error(EBADF) : failed ? -1 : 0;
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    const std::size_t allowed = transfer(size);
    if (allowed == 0 && size > 0) return -1;
    open_.at(fd).file->bytes.append(static_cast<const char*>(data), allowed);
    return static_cast<ssize_t>(allowed);
  }
  ssize_t pread(int fd, void* data, std::size_t size, std::uint64_t offset) override {
    const std::string& bytes = open_.at(fd).file->bytes;
    const std::size_t there = offset < bytes.size() ? bytes.size() - offset : 0;
    const std::size_t allowed = transfer(std::min(size, there));
    if (allowed == 0 && there > 0) return -1;
    std::memcpy(data, bytes.data() + std::min<std::uint64_t>(offset, bytes.size()), allowed);
    return static_cast<ssize_t>(allowed);
  }
  int ftruncate(int fd, std::uint64_t length) override {
    if (fails()) return -1;
    open_.at(fd).file->bytes.resize(length);
    return 0;
  }
  int fdatasync(int fd) override { return fsync(fd); }
  int fsync(int fd) override {
    if (fails()) return -1;
    const Open& entry = open_.at(fd);
    if (entry.file)
      entry.file->synced = entry.file->bytes;
    else
      sync_names(entry.path);
    return 0;
  }
  std::int64_t length(int fd) override {
    if (fails()) return -1;
    const Open& entry = open_.at(fd);
    return entry.file ? static_cast<std::int64_t>(entry.file->bytes.size()) : 0;
  }
  int rename(const char* from, const char* to) override {
    if (fails()) return -1;
    const auto found = names_.find(from);
    if (found == names_.end()) return error(ENOENT);
    names_[to] = found->second;
    names_.erase(found);
    return 0;
  }
  int unlink(const char* path) override {
    if (fails()) return -1;
    return names_.erase(path) ? 0 : error(ENOENT);
  }
  int mkdir(const char* path) override {
    if (fails()) return -1;
    if (!folders_.contains(folder_of(path))) return error(ENOENT);
    return folders_.insert(path).second ? 0 : error(EEXIST);
  }
  bool exists(const char* path) override {
    return names_.contains(path) || folders_.contains(path);
  }
  int list(const char* folder, std::vector<std::string>& names) override {
    if (fails()) return -1;
    if (!folders_.contains(folder)) return error(ENOENT);
    for (const auto& [path, file] : names_)
      if (folder_of(path) == folder) names.push_back(path.substr(path.rfind('/') + 1));
    return 0;
  }

 private:
  struct Inode {
    std::string bytes, synced;
  };
  struct Open {
    std::string path;
    std::shared_ptr<Inode> file;  // null: a folder
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  static int error(int number) {
    errno = number;
    return -1;
  }
  static std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  }
  int opened(Open entry) {
    open_[next_] = std::move(entry);
    return next_++;
  }
  void sync_names(const std::string& folder) {
    const auto inside = [&](const auto& entry) { return folder_of(entry.first) == folder; };
    std::erase_if(synced_names_, inside);
    for (const auto& entry : names_)
      if (inside(entry)) synced_names_.insert(entry);
    for (const std::string& path : folders_)
      if (folder_of(path) == folder) synced_folders_.insert(path);
  }

  // Counts a call; whether it fails, with errno set.
  bool fails() {
    const bool here = ++calls_ == at_ && fault_ != Fault::None;
    met_ = met_ || here;
    if (!here && !(met_ && fault_ == Fault::DiskGone)) return false;
    errno = fault_ == Fault::Interrupted                            ? EINTR
            : fault_ == Fault::IoError || fault_ == Fault::DiskGone ? EIO
                                                                    : ENOSPC;
    return fault_ != Fault::ShortTransfer;
  }
  // How many bytes a transfer moves; 0 with errno set if it fails.
  std::size_t transfer(std::size_t size) {
    const bool failed = fails();
    const bool here = met_ && calls_ == at_;
    const bool lasting = fault_ == Fault::DiskFull || fault_ == Fault::DiskGone;
    if (here && (lasting || fault_ == Fault::ShortTransfer))
      return std::max<std::size_t>(size / 2, size > 0);
    if (met_ && fault_ == Fault::DiskFull) return errno = ENOSPC, 0;
    return failed ? 0 : size;
  }

  Names names_, synced_names_;
  std::set<std::string> folders_ = {"/", "/run"}, synced_folders_ = folders_;
  std::map<int, Open> open_;
  int next_ = 100;
  Fault fault_ = Fault::None;
  std::uint64_t at_ = 0, calls_ = 0;
  bool met_ = false;
};

}  // namespace trainbus::testing
