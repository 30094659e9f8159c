#include "formats/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/replace_file_system.hpp"

namespace trainbus {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, int error) {
  throw UsageError("cannot be read: " + std::generic_category().message(error), path.string(),
                   "Check the path and its permissions.");
}

// Memory that holds these bytes; null for none.
const std::byte* mapped_copy(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.empty()) return nullptr;
  void* address =
      ::mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) refuse(path, errno);
  std::memcpy(address, bytes.data(), bytes.size());
  return static_cast<const std::byte*>(address);
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  if (!file_system_is_real()) {  // a test's file system, which the kernel cannot map
    const std::string bytes = file_system().read_all(path);
    data_ = mapped_copy(path, bytes);
    size_ = bytes.size();
    return;
  }
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) refuse(path, errno);
  struct stat status = {};
  if (::fstat(fd, &status) != 0) {
    const int error = errno;
    ::close(fd);
    refuse(path, error);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(fd);
    throw UsageError(
        S_ISDIR(status.st_mode) ? "is a folder, expected a file" : "is not a regular file",
        path.string(), "Name a file.");
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) {  // mmap refuses it
    ::close(fd);
    return;
  }
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
  if (address == MAP_FAILED) {
    const int error = errno;
    ::close(fd);
    refuse(path, error);
  }
  data_ = static_cast<const std::byte*>(address);
  fd_ = fd;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
  if (fd_ >= 0) ::close(fd_);
}

void MappedFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  while (fd_ >= 0 && !out.empty()) {
    const ssize_t count = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  if (!out.empty()) std::memcpy(out.data(), data_ + offset, out.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      fd_(std::exchange(other.fd_, -1)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(fd_, other.fd_);
  return *this;
}

}  // namespace trainbus
