#include "formats/atomic_file.hpp"

#include <unistd.h>

#include <atomic>
#include <string>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

fs::path temporary_name(fs::path target) {
  static std::atomic<unsigned> counter{0};
  return target += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

}  // namespace

AtomicFile::AtomicFile(fs::path target, std::uint64_t expected_bytes, FileSystem& files)
    : files_(files), target_(std::move(target)), temporary_(temporary_name(target_)) {
  try {
    attempt([&] {
      // A killed process with the same process id may have left one: in containers, ids repeat.
      if (files_.exists(temporary_)) files_.remove(temporary_);
      file_ = files_.open(temporary_, FileSystem::Mode::New);
      file_->reserve(expected_bytes);
    });
  } catch (...) {
    discard();
    throw;
  }
}

AtomicFile::~AtomicFile() {
  if (!in_place_) discard();
}

void AtomicFile::write(std::string_view bytes) {
  attempt([&] { file_->append(bytes); });
}

void AtomicFile::commit() {
  attempt([&] {
    file_->sync();
    file_->close();
    files_.rename_over(temporary_, target_);
    in_place_ = true;
    files_.sync_folder(folder_of(target_));
  });
}

void AtomicFile::attempt(const std::function<void()>& action) const try {
  action();
} catch (const RunError& e) {
  throw RunError("cannot be written: " + std::string(e.what()), target_.string(),
                 "Check the folder, its permissions and the free space; the file that was there, "
                 "if any, is whole.");
}

void AtomicFile::discard() noexcept try {
  file_.reset();
  files_.remove(temporary_);
} catch (...) {
  // A temporary file that cannot be removed does no harm.
}

void write_file(const fs::path& path, std::string_view text, FileSystem& files) {
  AtomicFile file(path, 0, files);
  file.write(text);
  file.commit();
}

}  // namespace trainbus
