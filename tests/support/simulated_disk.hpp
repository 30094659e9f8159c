// A disk in memory behind SystemCalls. It tracks what was synced: bytes by fsync or fdatasync of
// the file, names by fsync of the folder.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/io/system_calls.hpp"
#include "support/disk_tree.hpp"

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
  std::size_t file_count() const { return count_files(*root_); }
  std::size_t open_count() const { return open_.size(); }
  std::optional<std::string> content(const std::string& path) const {
    const auto found = find_inode(root_, path);
    return found && !found->folder ? std::optional(found->bytes) : std::nullopt;
  }
  // How many bytes of a file are on disk for good, whatever happens to the others.
  std::size_t synced_bytes(const std::string& path) const {
    const auto found = find_inode(root_, path);
    return found && !found->folder ? found->synced_bytes.size() : 0;
  }
  void lose_power() {
    open_.clear();
    lose_unsynced(*root_);
  }
  void lose_power(std::uint64_t seed) {
    open_.clear();
    RandomLoss{seed}(*root_);
  }
  // The j-th sync from now on reports success without syncing.
  void lie_about_sync(std::uint64_t j) { lie_at_ = j, syncs_ = 0; }
  std::uint64_t syncs() const { return syncs_; }
  void set_free_bytes(std::uint64_t bytes) { free_bytes_ = bytes; }
  void have_rename_new(bool have) { has_rename_new_ = have; }

  int open(const char* path, int flags, mode_t) override {
    if (fails()) return -1;
    auto found = find_inode(root_, path);
    if (found && (flags & O_EXCL)) return error(EEXIST);
    if (!found && !(flags & O_CREAT)) return error(ENOENT);
    if (!found) {
      const auto folder = folder_of(path);
      if (!folder) return error(ENOENT);
      found = folder->entries[name_of(path)] = std::make_shared<Inode>();
    }
    if (found->folder && (flags & O_ACCMODE) != O_RDONLY) return error(EISDIR);
    open_[next_] = {found, false};
    return next_++;
  }
  int close(int fd) override {
    const bool failed = fails();
    return open_.erase(fd) == 0 ? error(EBADF) : failed ? -1 : 0;
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    const std::size_t allowed = met_ && fault_ == Fault::DiskFull ? full() : transfer(size);
    if (allowed == 0 && size > 0) return -1;
    inode(fd).bytes.append(static_cast<const char*>(data), allowed);
    return static_cast<ssize_t>(allowed);
  }
  ssize_t pread(int fd, void* data, std::size_t size, std::uint64_t offset) override {
    if (inode(fd).folder) return error(EISDIR);
    const std::string& bytes = inode(fd).bytes;
    const std::size_t there = offset < bytes.size() ? bytes.size() - offset : 0;
    const std::size_t allowed = transfer(std::min(size, there));
    if (allowed == 0 && there > 0) return -1;
    std::memcpy(data, bytes.data() + std::min<std::uint64_t>(offset, bytes.size()), allowed);
    return static_cast<ssize_t>(allowed);
  }
  int ftruncate(int fd, std::uint64_t length) override {
    if (fails()) return -1;
    inode(fd).bytes.resize(length);
    return 0;
  }
  int fallocate(int, std::uint64_t size) override {
    if (fails()) return -1;
    return size > free_bytes_ ? error(ENOSPC) : 0;
  }
  int fdatasync(int fd) override { return fsync(fd); }
  int fsync(int fd) override {
    if (fails()) return -1;
    if (++syncs_ != lie_at_) inode(fd).sync();
    return 0;
  }
  int flock(int fd, int) override {
    if (fails()) return -1;
    Open& mine = open_.at(fd);
    for (const auto& [other, entry] : open_)
      if (other != fd && entry.locked && entry.inode == mine.inode) return error(EWOULDBLOCK);
    mine.locked = true;
    return 0;
  }
  std::int64_t length(int fd) override {
    if (fails()) return -1;
    return static_cast<std::int64_t>(inode(fd).bytes.size());
  }
  int rename(const char* from, const char* to) override { return fails() ? -1 : move(from, to); }
  int rename_new(const char* from, const char* to) override {
    if (fails()) return -1;
    if (!has_rename_new_) return error(EINVAL);
    return find_inode(root_, to) ? error(EEXIST) : move(from, to);
  }
  int unlink(const char* path) override { return fails() ? -1 : drop(path, false); }
  int mkdir(const char* path) override {
    if (fails()) return -1;
    const auto folder = folder_of(path);
    if (!folder) return error(ENOENT);
    if (folder->entries.contains(name_of(path))) return error(EEXIST);
    folder->entries[name_of(path)] = make_folder();
    return 0;
  }
  int rmdir(const char* path) override {
    if (fails()) return -1;
    const auto found = find_inode(root_, path);
    if (found && !found->entries.empty()) return error(ENOTEMPTY);
    return drop(path, true);
  }
  bool exists(const char* path) override { return find_inode(root_, path) != nullptr; }
  int type(const char* path, mode_t& type) override {
    if (fails()) return -1;
    const auto found = find_inode(root_, path);
    if (!found) return error(ENOENT);
    type = found->folder ? S_IFDIR : S_IFREG;
    return 0;
  }
  int list(const char* folder, std::vector<std::string>& names) override {
    if (fails()) return -1;
    const auto found = find_inode(root_, folder);
    if (!found) return error(ENOENT);
    if (!found->folder) return error(ENOTDIR);
    for (const auto& [name, child] : found->entries) names.push_back(name);
    return 0;
  }
  int free_bytes(const char*, std::uint64_t& bytes) override {
    if (fails()) return -1;
    bytes = free_bytes_;
    return 0;
  }

 private:
  struct Open {
    std::shared_ptr<Inode> inode;
    bool locked = false;
  };

  static int error(int number) {
    errno = number;
    return -1;
  }
  static std::shared_ptr<Inode> make_folder() {
    auto folder = std::make_shared<Inode>();
    folder->folder = true;
    return folder;
  }
  static std::shared_ptr<Inode> make_root() {  // with "/run", on disk
    auto root = make_folder();
    root->entries["run"] = make_folder();
    root->sync();
    return root;
  }
  static std::string name_of(const std::string& path) { return path_parts(path).back(); }
  std::shared_ptr<Inode> folder_of(const std::string& path) const {
    auto folder = find_inode(root_, path.substr(0, path.rfind('/')));
    return folder && folder->folder ? folder : nullptr;
  }
  Inode& inode(int fd) { return *open_.at(fd).inode; }

  int drop(const std::string& path, bool folder) {
    const auto found = find_inode(root_, path);
    if (!found) return error(ENOENT);
    if (found->folder != folder) return error(folder ? ENOTDIR : EISDIR);
    folder_of(path)->entries.erase(name_of(path));
    return 0;
  }
  int move(const std::string& from, const std::string& to) {
    const auto moved = find_inode(root_, from), there = find_inode(root_, to);
    if (!moved || !folder_of(to)) return error(ENOENT);
    if (there && there->folder && !there->entries.empty()) return error(ENOTEMPTY);
    if (there && there->folder != moved->folder) return error(there->folder ? EISDIR : ENOTDIR);
    folder_of(from)->entries.erase(name_of(from));
    folder_of(to)->entries[name_of(to)] = moved;
    return 0;
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
  std::size_t full() {
    ++calls_;
    errno = ENOSPC;
    return 0;
  }
  // How many bytes a transfer moves; 0 with errno set if it fails.
  std::size_t transfer(std::size_t size) {
    const bool failed = fails();
    const bool here = met_ && calls_ == at_;
    const bool lasting = fault_ == Fault::DiskFull || fault_ == Fault::DiskGone;
    if (here && (lasting || fault_ == Fault::ShortTransfer))
      return std::max<std::size_t>(size / 2, size > 0);
    return failed ? 0 : size;
  }

  std::shared_ptr<Inode> root_ = make_root();
  std::map<int, Open> open_;
  int next_ = 100;
  std::uint64_t free_bytes_ = std::uint64_t{1} << 40;
  bool has_rename_new_ = true;
  std::uint64_t lie_at_ = 0, syncs_ = 0;
  Fault fault_ = Fault::None;
  std::uint64_t at_ = 0, calls_ = 0;
  bool met_ = false;
};

}  // namespace trainbus::testing
