// A file mapped into memory, read-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// The bytes stay valid while the object lives; pages are read when touched, so opening a large file
// is cheap. If another process truncates the file meanwhile, reading raises SIGBUS: replace files
// by renaming, as trainbus's writers do. Any thread may read.
class TRAINBUS_EXPORT MappedFile {
 public:
  // Throws UsageError if path is not a readable regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  const std::filesystem::path& path() const { return path_; }

  // Copies out.size() bytes from `offset` on, which must lie inside. For large parts: the kernel
  // copies them, so that their pages are not mapped one after another first.
  void read(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  int fd_ = -1;  // -1: bytes alone, as of an empty file
};

}  // namespace trainbus
