// The kernel's system calls, with a hook before each.
#pragma once

#include <functional>
#include <utility>

#include "core/io/system_calls.hpp"

namespace trainbus::testing {

class HookedCalls final : public SystemCalls {
 public:
  explicit HookedCalls(std::function<void()> before) : before_(std::move(before)) {}

  int open(const char* path, int flags, mode_t mode) override {
    return kernel().open(path, flags, mode);
  }
  int close(int fd) override { return kernel().close(fd); }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    return kernel().write(fd, data, size);
  }
  ssize_t pread(int fd, void* data, std::size_t size, std::uint64_t offset) override {
    return kernel().pread(fd, data, size, offset);
  }
  int ftruncate(int fd, std::uint64_t length) override { return kernel().ftruncate(fd, length); }
  int fallocate(int fd, std::uint64_t size) override { return kernel().fallocate(fd, size); }
  int fdatasync(int fd) override { return kernel().fdatasync(fd); }
  int fsync(int fd) override { return kernel().fsync(fd); }
  int flock(int fd, int operation) override { return kernel().flock(fd, operation); }
  std::int64_t length(int fd) override { return kernel().length(fd); }
  int rename(const char* from, const char* to) override { return kernel().rename(from, to); }
  int rename_new(const char* from, const char* to) override {
    return kernel().rename_new(from, to);
  }
  int unlink(const char* path) override { return kernel().unlink(path); }
  int mkdir(const char* path) override { return kernel().mkdir(path); }
  int rmdir(const char* path) override { return kernel().rmdir(path); }
  bool exists(const char* path) override { return kernel().exists(path); }
  int type(const char* path, mode_t& type) override { return kernel().type(path, type); }
  int list(const char* folder, std::vector<std::string>& names) override {
    return kernel().list(folder, names);
  }
  int free_bytes(const char* path, std::uint64_t& bytes) override {
    return kernel().free_bytes(path, bytes);
  }

 private:
  SystemCalls& kernel() {
    before_();
    return system_calls();
  }

  std::function<void()> before_;
};

}  // namespace trainbus::testing
