// A file written in pieces and put in place as a whole: the old one or the new one is there, never
// half.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Writes a temporary beside the target. commit() syncs it, renames it over the target and syncs the
// folder; without commit() the temporary is removed and the target stays as it was. One thread.
class TRAINBUS_EXPORT AtomicFile {
 public:
  // expected_bytes, if not 0, is reserved first, so that a full disk shows before anything is
  // written. Throws RunError with the path and the system's words, as all calls do.
  explicit AtomicFile(const std::filesystem::path& target, std::uint64_t expected_bytes = 0);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  [[noreturn]] void fail(std::string_view what, int error) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty: nothing to remove
  int fd_ = -1;
};

// Replaces the file by text, all or nothing.
TRAINBUS_EXPORT void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace trainbus
