#include "core/io/spilled_vector.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <system_error>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::size_t page = 4096;

std::string folder() {
  const char* named = std::getenv("TMPDIR");
  return named && *named ? named : "/var/tmp";
}

[[noreturn]] void refuse(const std::string& what, int error) {
  throw RunError(what + ": " + std::generic_category().message(error), folder(),
                 "Data that may not fit in memory is kept there while it is used: set TMPDIR to a "
                 "folder with more room.");
}

std::string size_text(std::size_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

// A file that has no name any more.
int nameless_file() {
  std::string path = folder() + "/trainbus-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) refuse("no file could be made", errno);
  ::unlink(path.c_str());
  return fd;
}

}  // namespace

SpilledBytes::~SpilledBytes() {
  if (fd_ < 0) {
    std::free(data_);
    return;
  }
  ::munmap(data_, capacity_);
  ::close(fd_);
}

void SpilledBytes::grow(std::size_t bytes) {
  bytes = std::max(bytes, capacity_ + capacity_ / 2);
  if (fd_ >= 0 || bytes > limit_) return grow_in_file((bytes + page - 1) / page * page);
  void* const moved = std::realloc(data_, bytes);
  if (!moved) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(moved);
  capacity_ = bytes;
}

void SpilledBytes::grow_in_file(std::size_t bytes) {
  const bool was_in_memory = fd_ < 0;
  const int fd = was_in_memory ? nameless_file() : fd_;
  const auto give_up = [&](const std::string& what, int error) {
    if (was_in_memory) ::close(fd);
    refuse(what, error);
  };
  // A write to a mapped page for which the disk has no block would be a SIGBUS.
  if (const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)); error != 0)
    give_up("holds no more than " + size_text(capacity_) + " of " + size_text(bytes), error);
  void* const mapped = was_in_memory
                           ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                           : ::mremap(data_, capacity_, bytes, MREMAP_MAYMOVE);
  if (mapped == MAP_FAILED) give_up("a file of " + size_text(bytes) + " cannot be mapped", errno);
  if (was_in_memory) {
    if (capacity_ > 0) std::memcpy(mapped, data_, capacity_);
    std::free(data_);
  }
  data_ = static_cast<std::byte*>(mapped);
  capacity_ = bytes;
  fd_ = fd;
}

}  // namespace trainbus
