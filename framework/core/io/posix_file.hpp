// A File over a descriptor. Private to the file system.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/io/file_system.hpp"
#include "core/io/system_calls.hpp"

namespace trainbus {

// Throws RunError "PATH: cannot DO: the system's words".
[[noreturn]] void throw_system_error(const std::filesystem::path& path, std::string_view what,
                                     int error);

// Repeats a call while a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Opens with O_CLOEXEC; throws.
int open_descriptor(SystemCalls& calls, const std::filesystem::path& path, int flags);

class PosixFile final : public File {
 public:
  PosixFile(SystemCalls& calls, std::filesystem::path path, int flags);
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  void append(std::string_view data) override;
  void read(std::uint64_t offset, std::span<char> data) override;
  void truncate(std::uint64_t length) override;
  void reserve(std::uint64_t bytes) override;
  void sync() override;
  void close() override;
  std::uint64_t length() const override { return length_; }
  const std::filesystem::path& path() const override { return path_; }

  void sync_all();  // fsync: with all metadata
  bool lock();      // exclusive, at once or not at all; false if another holds it

 private:
  bool cut_back();

  SystemCalls& calls_;
  std::filesystem::path path_;
  int fd_;
  std::uint64_t length_ = 0;
  bool torn_ = false;  // bytes of a failed append remain
};

}  // namespace trainbus
