// A file that is written in pieces and replaces its target atomically: readers see the old content
// or the new one, never half of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

// Writes a temporary file next to the target. commit() syncs it, renames it over the target and
// syncs the folder; without commit() the temporary file is removed and the target is unchanged. One
// thread.
class TRAINBUS_EXPORT AtomicFile {
 public:
  // expected_bytes, if not 0, is reserved first, so that a full disk is found before anything is
  // written. Throws RunError with the path and the system's message, as all calls do.
  explicit AtomicFile(std::filesystem::path target, std::uint64_t expected_bytes = 0,
                      FileSystem& files = file_system());
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  void attempt(const std::function<void()>& action) const;
  void discard() noexcept;

  FileSystem& files_;
  std::filesystem::path target_, temporary_;
  std::unique_ptr<File> file_;
  bool in_place_ = false;
};

// Replaces the file's content by text, atomically.
TRAINBUS_EXPORT void write_file(const std::filesystem::path& path, std::string_view text,
                                FileSystem& files = file_system());

}  // namespace trainbus
