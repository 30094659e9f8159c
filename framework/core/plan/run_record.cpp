#include "core/plan/run_record.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/host_name.hpp"
#include "core/io/log.hpp"
#include "core/io/sha256.hpp"
#include "core/plan/shell_text.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::string text_of(FileSystem& files, const fs::path& lock) try {
  return files.read_all(lock);
} catch (const RunError&) {
  return {};
}

// The line that the lock's holder wrote.
std::string holder(FileSystem& files, const fs::path& lock) {
  std::string line = text_of(files, lock);
  line.resize(std::min(line.size(), line.find('\n')));
  return line.empty() ? "another process" : line;
}

// Empty if the file does not exist.
void check_empty(const fs::path& folder) {
  FileSystem& files = file_system();
  if (!files.exists(folder)) return;
  if (files.type(folder) == FileSystem::Type::File)
    throw UsageError("is a file, expected a directory", folder.string(),
                     "Choose another run directory.");
  const std::vector<std::string> names = files.list(folder);
  if (names.empty()) return;
  const bool has_run = std::ranges::count(names, "run.json") > 0;
  throw UsageError("is not empty (it has " + (has_run ? std::string("a run") : names.front()) + ")",
                   folder.string(),
                   has_run
                       ? "Go on with that run by: trainbus resume " + shell_text(folder.string()) +
                             ", replace it with --overwrite, or choose another run directory."
                       : "Choose another run directory.");
}

// Lustre without -o flock, some NFS and autofs mounts: there the system call says one of these.
bool has_no_locks(const RunError& error) {
  const std::string what = error.what();
  for (const int number : {ENOLCK, EOPNOTSUPP, ENOSYS})
    if (what.find(std::generic_category().message(number)) != std::string::npos) return true;
  return false;
}

// Null: another process holds it.
std::unique_ptr<File> lock_file(FileSystem& files, const fs::path& path) try {
  return files.lock(path);
} catch (const RunError& error) {
  if (!has_no_locks(error))
    throw UsageError(error.what(), "", "Choose a run directory that can be written.");
  log::warning(std::string(error.what()) +
               ". The file system has no locks, so nothing keeps a second process from writing to "
               "this run: see to that yourself");
  return files.open(path, FileSystem::Mode::Append);
}

}  // namespace

RunLock::RunLock(const fs::path& run_directory, FileSystem& files)
    : files_(files), is_new_(!files.exists(run_directory / "run.lock")) {
  const fs::path path = run_directory / "run.lock";
  file_ = lock_file(files, path);
  if (!file_)
    throw UsageError("this run is being written by " + holder(files, path), run_directory.string(),
                     "Stop it first, or choose another run directory.");
  if (!is_new_) before_ = text_of(files, path);
  write("process " + std::to_string(::getpid()) + " on " + host_name() + "\n");
}

RunLock::~RunLock() {
  if (is_kept_) return;
  if (!is_new_)
    write(before_);
  else
    remove();
}

void RunLock::remove() noexcept try {
  files_.remove(file_->path());
} catch (const RunError&) {  // gone with its folder
}

// A failure is ignored: the text is only for another process's message.
void RunLock::write(std::string_view text) noexcept try {
  file_->truncate(0);
  file_->append(text);
} catch (const RunError&) {
}

fs::path make_run_directory(const fs::path& path) {
  const std::string remedy = "Choose another run directory.";
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  if (error) throw UsageError(error.message(), path.string(), remedy);
  try {
    check_empty(absolute);
    file_system().make_folders(absolute);
  } catch (const RunError& e) {
    throw UsageError(e.what(), "", remedy);
  }
  return absolute;
}

std::string sha256_file(const fs::path& path) {
  const std::unique_ptr<File> file = file_system().open(path, FileSystem::Mode::Read);
  std::vector<char> buffer(1 << 18);
  Sha256 digest;
  for (std::uint64_t at = 0; at < file->length(); at += buffer.size()) {
    const std::size_t n = std::min<std::uint64_t>(buffer.size(), file->length() - at);
    file->read(at, {buffer.data(), n});
    digest.update({buffer.data(), n});
  }
  return digest.finish();
}

}  // namespace trainbus
