#include "formats/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>

#include "core/io/error.hpp"
#include "core/io/mapped_range.hpp"
#include "core/io/replace_file_system.hpp"

namespace trainbus {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, int error) {
  throw UsageError("cannot be read: " + std::generic_category().message(error), path.string(),
                   "Check the path and its permissions.");
}

// A file in memory, for what is in a test's file system, which the kernel cannot map.
int memory_file(const std::filesystem::path& path) {
  const std::string bytes = file_system().read_all(path);
  const int fd = ::memfd_create("trainbus", MFD_CLOEXEC);
  if (fd < 0) refuse(path, errno);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0) {
      const int error = errno;
      ::close(fd);
      refuse(path, error);
    }
    done += static_cast<std::size_t>(count);
  }
  return fd;
}

}  // namespace

struct MappedFile::Mapping {
  std::filesystem::path path;
  std::byte* data = nullptr;
  std::size_t size = 0;
  int fd = -1;
  struct stat opened = {};
  std::optional<MappedRange> noted;
  mutable std::once_flag asked;
  mutable bool is_writable = false;

  explicit Mapping(const std::filesystem::path& file) : path(file) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    noted.reset();
    if (data != nullptr) ::munmap(data, size);
    if (fd >= 0) ::close(fd);
  }
};

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto mapping = std::make_shared<Mapping>(path);
  mapping_ = mapping;
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  mapping->fd = file_system_is_real() ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                                      : memory_file(path);
  if (mapping->fd < 0) refuse(path, errno);
  struct stat& status = mapping->opened;
  if (::fstat(mapping->fd, &status) != 0) refuse(path, errno);
  if (!S_ISREG(status.st_mode))
    throw UsageError(
        S_ISDIR(status.st_mode) ? "is a folder, expected a file" : "is not a regular file",
        path.string(), "Name a file.");
  if (status.st_size == 0) return;  // mmap refuses it
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, mapping->fd, 0);
  if (address == MAP_FAILED) refuse(path, errno);
  mapping->data = static_cast<std::byte*>(address);
  mapping->size = size;
  mapping->noted.emplace(address, size, mapping->path.c_str());
}

std::span<const std::byte> MappedFile::bytes() const { return {mapping_->data, mapping_->size}; }

std::string_view MappedFile::text() const {
  return {reinterpret_cast<const char*>(mapping_->data), mapping_->size};
}

const std::filesystem::path& MappedFile::path() const { return mapping_->path; }

void MappedFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  const int fd = mapping_->fd;
  while (!out.empty()) {
    const ssize_t count = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  if (!out.empty()) std::memcpy(out.data(), mapping_->data + offset, out.size());
}

bool MappedFile::is_unchanged() const {
  struct stat now = {};
  const struct stat& then = mapping_->opened;
  return ::fstat(mapping_->fd, &now) == 0 && now.st_size == then.st_size &&
         now.st_mtim.tv_sec == then.st_mtim.tv_sec && now.st_mtim.tv_nsec == then.st_mtim.tv_nsec;
}

std::byte* MappedFile::writable() const {
  const Mapping& m = *mapping_;
  std::call_once(m.asked, [&] {
    m.is_writable = m.data != nullptr && ::mprotect(m.data, m.size, PROT_READ | PROT_WRITE) == 0;
    if (m.is_writable) ::madvise(m.data, m.size, MADV_WILLNEED);
  });
  return m.is_writable ? m.data : nullptr;
}

}  // namespace trainbus
