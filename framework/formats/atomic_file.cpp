#include "formats/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace trainbus {
namespace {

// write(2) transfers at most about 2 GiB a call.
constexpr std::size_t largest_write = std::size_t{1} << 30;

std::filesystem::path temporary_name(const std::filesystem::path& target) {
  static std::atomic<unsigned> counter{0};
  std::filesystem::path name = target;
  name += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return name;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return folder.empty() ? "." : folder;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& target, std::uint64_t expected_bytes)
    : target_(target), temporary_(temporary_name(target)) {
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    const int error = errno;
    std::exchange(temporary_, {});
    fail("cannot be created", error);
  }
  if (expected_bytes == 0) return;
  int error = 0;
  do {
    error = ::posix_fallocate(fd_, 0, static_cast<off_t>(expected_bytes));
  } while (error == EINTR);
  if (error == 0 || error == EOPNOTSUPP || error == EINVAL) return;
  ::close(std::exchange(fd_, -1));
  ::unlink(temporary_.c_str());
  fail("cannot reserve " + std::to_string(expected_bytes) + " bytes", error);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t size) {
  const char* next = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(fd_, next, std::min(size, largest_write));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot be written", written < 0 ? errno : EIO);
    next += written;
    size -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  // A failed fsync is final: the kernel may have dropped the pages, and a second call would
  // succeed.
  if (::fsync(fd_) != 0) fail("cannot be synced", errno);
  if (::close(std::exchange(fd_, -1)) != 0) fail("cannot be closed", errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    fail("cannot be renamed into place", errno);
  temporary_.clear();
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  const int error = errno;
  if (folder >= 0) ::close(folder);
  // EINVAL: a file system whose folders cannot be synced.
  if (!synced && error != EINVAL) fail("is in place, but its folder cannot be synced", error);
}

void AtomicFile::fail(std::string_view what, int error) const {
  throw RunError(
      std::string(what) + ": " + std::generic_category().message(error), target_.string(),
      "Check the folder, its permissions and the free space; the old file, if any, is whole.");
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace trainbus
