// A file written in pieces and put in place as a whole: the old one or the new one is there, never
// half.
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

// Writes a temporary beside the target. commit() syncs it, renames it over the target and syncs the
// folder; without commit() the temporary is removed and the target stays as it was. One thread.
class TRAINBUS_EXPORT AtomicFile {
 public:
  // expected_bytes, if not 0, is reserved first, so that a full disk shows before anything is
  // written. Throws RunError with the path and the system's words, as all calls do.
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

// Replaces the file by text, all or nothing.
TRAINBUS_EXPORT void write_file(const std::filesystem::path& path, std::string_view text,
                                FileSystem& files = file_system());

}  // namespace trainbus
