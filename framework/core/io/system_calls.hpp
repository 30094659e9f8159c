// The system calls behind FileSystem, replaceable: tests put a simulated disk with faults here and
// so exercise the real code above it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

// Each call is the POSIX call of its name, without retries: -1 and errno on failure.
class TRAINBUS_EXPORT SystemCalls {
 public:
  virtual ~SystemCalls();
  virtual int open(const char* path, int flags, mode_t mode) = 0;
  virtual int close(int fd) = 0;
  virtual ssize_t write(int fd, const void* data, std::size_t size) = 0;
  virtual ssize_t pread(int fd, void* data, std::size_t size, std::uint64_t offset) = 0;
  virtual int ftruncate(int fd, std::uint64_t length) = 0;
  // Reserves blocks up to this size without changing the length: fallocate(2) with
  // FALLOC_FL_KEEP_SIZE. posix_fallocate would move the end of file, to which O_APPEND writes.
  virtual int fallocate(int fd, std::uint64_t size) = 0;
  virtual int fdatasync(int fd) = 0;
  virtual int fsync(int fd) = 0;
  virtual int flock(int fd, int operation) = 0;
  virtual std::int64_t length(int fd) = 0;  // fstat's st_size
  virtual int rename(const char* from, const char* to) = 0;
  // renameat2 with RENAME_NOREPLACE: EEXIST if `to` is there, EINVAL or ENOSYS if the file system
  // or the kernel does not have it.
  virtual int rename_new(const char* from, const char* to) = 0;
  virtual int unlink(const char* path) = 0;
  virtual int mkdir(const char* path) = 0;
  virtual int rmdir(const char* path) = 0;
  virtual bool exists(const char* path) = 0;
  virtual int type(const char* path, mode_t& type) = 0;  // lstat's st_mode & S_IFMT
  virtual int list(const char* folder, std::vector<std::string>& names) = 0;  // no "." and ".."
  // statvfs's f_bavail, in bytes.
  virtual int free_bytes(const char* path, std::uint64_t& bytes) = 0;
};

// The kernel's.
TRAINBUS_EXPORT SystemCalls& system_calls();

}  // namespace trainbus
