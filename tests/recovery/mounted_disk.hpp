// The real file system with a simulated disk mounted at /run, whose failures and losses a test
// sets. Any thread.
#pragma once

#include <cstring>
#include <mutex>
#include <string>
#include <type_traits>

#include "support/simulated_disk.hpp"

namespace trainbus::testing {

class MountedDisk final : public SystemCalls {
 public:
  // For the test, while no run is active.
  SimulatedDisk& disk() { return disk_; }

  int open(const char* path, int flags, mode_t mode) override {
    if (!is_ours(path)) return system_calls().open(path, flags, mode);
    const std::lock_guard lock(mutex_);
    const int fd = disk_.open(path, flags, mode);
    return fd < 0 ? fd : fd + first_fd;
  }
  int close(int fd) override {
    return on(fd, [](SystemCalls& calls, int f) { return calls.close(f); });
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    return on(fd, [&](SystemCalls& calls, int f) { return calls.write(f, data, size); });
  }
  ssize_t pread(int fd, void* data, std::size_t size, std::uint64_t offset) override {
    return on(fd, [&](SystemCalls& calls, int f) { return calls.pread(f, data, size, offset); });
  }
  int ftruncate(int fd, std::uint64_t length) override {
    return on(fd, [&](SystemCalls& calls, int f) { return calls.ftruncate(f, length); });
  }
  int fallocate(int fd, std::uint64_t size) override {
    return on(fd, [&](SystemCalls& calls, int f) { return calls.fallocate(f, size); });
  }
  int fdatasync(int fd) override {
    return on(fd, [](SystemCalls& calls, int f) { return calls.fdatasync(f); });
  }
  int fsync(int fd) override {
    return on(fd, [](SystemCalls& calls, int f) { return calls.fsync(f); });
  }
  int flock(int fd, int operation) override {
    return on(fd, [&](SystemCalls& calls, int f) { return calls.flock(f, operation); });
  }
  std::int64_t length(int fd) override {
    return on(fd, [](SystemCalls& calls, int f) { return calls.length(f); });
  }
  int rename(const char* from, const char* to) override {
    return at(from, [&](SystemCalls& calls) { return calls.rename(from, to); });
  }
  int rename_new(const char* from, const char* to) override {
    return at(from, [&](SystemCalls& calls) { return calls.rename_new(from, to); });
  }
  int unlink(const char* path) override {
    return at(path, [&](SystemCalls& calls) { return calls.unlink(path); });
  }
  int mkdir(const char* path) override {
    return at(path, [&](SystemCalls& calls) { return calls.mkdir(path); });
  }
  int rmdir(const char* path) override {
    return at(path, [&](SystemCalls& calls) { return calls.rmdir(path); });
  }
  bool exists(const char* path) override {
    return at(path, [&](SystemCalls& calls) { return calls.exists(path); });
  }
  int type(const char* path, mode_t& type) override {
    return at(path, [&](SystemCalls& calls) { return calls.type(path, type); });
  }
  int list(const char* folder, std::vector<std::string>& names) override {
    return at(folder, [&](SystemCalls& calls) { return calls.list(folder, names); });
  }
  int free_bytes(const char* path, std::uint64_t& bytes) override {
    return at(path, [&](SystemCalls& calls) { return calls.free_bytes(path, bytes); });
  }

 private:
  static constexpr int first_fd = 1 << 20;

  static bool is_ours(const char* path) { return std::strncmp(path, "/run", 4) == 0; }
  template <class Call>
  std::invoke_result_t<Call, SystemCalls&> at(const char* path, Call call) {
    if (!is_ours(path)) return call(system_calls());
    const std::lock_guard lock(mutex_);
    return call(disk_);
  }
  template <class Call>
  std::invoke_result_t<Call, SystemCalls&, int> on(int fd, Call call) {
    if (fd < first_fd) return call(system_calls(), fd);
    const std::lock_guard lock(mutex_);
    return call(disk_, fd - first_fd);
  }

  std::mutex mutex_;
  SimulatedDisk disk_;
};

}  // namespace trainbus::testing
