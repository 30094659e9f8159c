// A file mapped into memory, read-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// The bytes stay valid while the object or a copy of it lives, which shares them; pages are read
// when touched, so opening a large file is cheap. If another process truncates the file meanwhile,
// reading raises SIGBUS (see install_crash_report): replace files by renaming, as trainbus's
// writers do. Any thread may read.
class TRAINBUS_EXPORT MappedFile {
 public:
  // Throws UsageError if path is not a readable regular file.
  explicit MappedFile(const std::filesystem::path& path);

  std::span<const std::byte> bytes() const;
  std::string_view text() const;
  const std::filesystem::path& path() const;

  // Copies out.size() bytes from `offset` on, which must lie inside. For large parts: the kernel
  // copies them, so that their pages are not mapped one after another first.
  void read(std::uint64_t offset, std::span<std::byte> out) const;

  // Whether the file has the size and the time of its last change that it had when it was opened. A
  // file that was replaced by renaming another to its name is unchanged.
  bool is_unchanged() const;

  // The bytes as memory that may be written to: this changes what the object and its copies show,
  // never the file. Asks the system to fetch the pages. Null if it does not grant such memory.
  std::byte* writable() const;

 private:
  struct Mapping;
  std::shared_ptr<const Mapping> mapping_;  // of the copies, too
};

// Bytes of a file that stays mapped while this lives.
struct FilePart {
  MappedFile file;
  std::uint64_t offset = 0, bytes = 0;
};

}  // namespace trainbus
