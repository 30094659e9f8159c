#include "core/io/system_calls.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

namespace trainbus {
namespace {

class Kernel final : public SystemCalls {
 public:
  int open(const char* path, int flags, mode_t mode) override { return ::open(path, flags, mode); }
  int close(int fd) override { return ::close(fd); }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    return ::write(fd, data, size);
  }
  ssize_t pread(int fd, void* data, std::size_t size, std::uint64_t offset) override {
    return ::pread(fd, data, size, static_cast<off_t>(offset));
  }
  int ftruncate(int fd, std::uint64_t length) override {
    return ::ftruncate(fd, static_cast<off_t>(length));
  }
  int fallocate(int fd, std::uint64_t size) override {
    return ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size));
  }
  int fdatasync(int fd) override { return ::fdatasync(fd); }
  int fsync(int fd) override { return ::fsync(fd); }
  int flock(int fd, int operation) override { return ::flock(fd, operation); }
  std::int64_t length(int fd) override {
    struct stat info;
    return ::fstat(fd, &info) == 0 ? info.st_size : -1;
  }
  int rename(const char* from, const char* to) override { return ::rename(from, to); }
  int rename_new(const char* from, const char* to) override {
    // Not renameat2(): musl has no such function.
    return static_cast<int>(
        ::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
  }
  int unlink(const char* path) override { return ::unlink(path); }
  int mkdir(const char* path) override { return ::mkdir(path, 0777); }
  int rmdir(const char* path) override { return ::rmdir(path); }
  bool exists(const char* path) override { return ::access(path, F_OK) == 0; }
  int type(const char* path, mode_t& type) override {
    struct stat info;
    if (::lstat(path, &info) != 0) return -1;
    type = info.st_mode & S_IFMT;
    return 0;
  }
  int list(const char* folder, std::vector<std::string>& names) override {
    DIR* stream = ::opendir(folder);
    if (!stream) return -1;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int error = errno;
    ::closedir(stream);
    errno = error;
    return error ? -1 : 0;
  }
  int free_bytes(const char* path, std::uint64_t& bytes) override {
    struct statvfs info;
    if (::statvfs(path, &info) != 0) return -1;
    bytes = std::uint64_t{info.f_bavail} * info.f_frsize;
    return 0;
  }
};

}  // namespace

SystemCalls::~SystemCalls() = default;

SystemCalls& system_calls() {
  static Kernel* const kernel = new Kernel;  // leaked: usable during static destruction
  return *kernel;
}

}  // namespace trainbus
