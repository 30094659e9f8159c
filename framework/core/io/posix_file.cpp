#include "core/io/posix_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "core/io/error.hpp"

namespace trainbus {

void throw_system_error(const std::filesystem::path& path, std::string_view what, int error) {
  throw RunError("cannot " + std::string(what) + ": " + std::generic_category().message(error),
                 path.string(), "");
}

int open_descriptor(SystemCalls& calls, const std::filesystem::path& path, int flags) {
  const int fd = uninterrupted([&] { return calls.open(path.c_str(), flags | O_CLOEXEC, 0666); });
  if (fd < 0) throw_system_error(path, flags & O_CREAT ? "create it" : "open it", errno);
  return fd;
}

PosixFile::PosixFile(SystemCalls& calls, std::filesystem::path path, int flags)
    : calls_(calls), path_(std::move(path)), fd_(open_descriptor(calls, path_, flags)) {
  const std::int64_t length = uninterrupted([&] { return calls_.length(fd_); });
  if (length < 0) {
    const int error = errno;
    calls_.close(fd_);
    throw_system_error(path_, "ask for its length", error);
  }
  length_ = static_cast<std::uint64_t>(length);
}

PosixFile::~PosixFile() {
  if (fd_ >= 0) calls_.close(fd_);
}

void PosixFile::append(std::string_view data) {
  if (torn_ && !cut_back())
    throw_system_error(path_, "cut off a record that was not written whole", errno);
  std::size_t done = 0;
  while (done < data.size()) {  // once, unless a signal or a full disk cuts it short
    const ssize_t n =
        uninterrupted([&] { return calls_.write(fd_, data.data() + done, data.size() - done); });
    if (n <= 0) {
      const int error = n == 0 ? EIO : errno;
      torn_ = done > 0;
      if (torn_) cut_back();
      throw_system_error(path_, "append " + std::to_string(data.size()) + " bytes", error);
    }
    done += static_cast<std::size_t>(n);
  }
  length_ += data.size();
}

// True if the file has its earlier length again. Keeps errno on failure.
bool PosixFile::cut_back() {
  torn_ = uninterrupted([&] { return calls_.ftruncate(fd_, length_); }) != 0;
  return !torn_;
}

void PosixFile::read(std::uint64_t offset, std::span<char> data) {
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = uninterrupted(
        [&] { return calls_.pread(fd_, data.data() + done, data.size() - done, offset + done); });
    if (n < 0) throw_system_error(path_, "read " + std::to_string(data.size()) + " bytes", errno);
    if (n == 0)
      throw RunError("ends at byte " + std::to_string(offset + done) + ", wanted " +
                         std::to_string(data.size()) + " bytes from byte " + std::to_string(offset),
                     path_.string(), "");
    done += static_cast<std::size_t>(n);
  }
}

void PosixFile::truncate(std::uint64_t length) {
  if (uninterrupted([&] { return calls_.ftruncate(fd_, length); }) != 0)
    throw_system_error(path_, "cut it to " + std::to_string(length) + " bytes", errno);
  length_ = length;
  torn_ = false;
}

void PosixFile::reserve(std::uint64_t bytes) {
  if (bytes == 0 || uninterrupted([&] { return calls_.fallocate(fd_, bytes); }) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL && errno != ENODEV)
    throw_system_error(path_, "reserve " + std::to_string(bytes) + " bytes", errno);
}

bool PosixFile::lock() {
  if (uninterrupted([&] { return calls_.flock(fd_, LOCK_EX | LOCK_NB); }) == 0) return true;
  if (errno != EWOULDBLOCK) throw_system_error(path_, "lock it", errno);
  return false;
}

void PosixFile::sync() {
  // EINVAL: not a file that can be synced, such as a pipe or /dev/null.
  if (uninterrupted([&] { return calls_.fdatasync(fd_); }) != 0 && errno != EINVAL)
    throw_system_error(path_, "bring it to disk", errno);
}

void PosixFile::sync_all() {
  if (uninterrupted([&] { return calls_.fsync(fd_); }) != 0 && errno != EINVAL)
    throw_system_error(path_, "bring it to disk", errno);
}

void PosixFile::close() {
  // Not repeated after EINTR: on Linux the descriptor is gone then.
  if (calls_.close(std::exchange(fd_, -1)) != 0 && errno != EINTR)
    throw_system_error(path_, "close it", errno);
}

}  // namespace trainbus
