#include "core/plan/run_record.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/sha256.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && *name ? name : "unknown";
}

// What the lock's holder wrote: one line.
std::string holder(FileSystem& files, const fs::path& lock) try {
  std::string line = files.read_all(lock);
  line.resize(std::min(line.size(), line.find('\n')));
  return line.empty() ? "another process" : line;
} catch (const RunError&) {
  return "another process";
}

// What is not there is empty.
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
                   has_run ? "Go on with that run by: trainbus resume " + folder.string() +
                                 ", replace it with --overwrite, or choose another run directory."
                           : "Choose another run directory.");
}

std::unique_ptr<File> lock_file(FileSystem& files, const fs::path& path) try {
  return files.lock(path);
} catch (const RunError& e) {
  throw UsageError(e.what(), "",
                   "Choose a run directory that can be written, on a file system that has locks.");
}

}  // namespace

RunLock::RunLock(const fs::path& run_directory, FileSystem& files) {
  const fs::path path = run_directory / "run.lock";
  file_ = lock_file(files, path);
  if (!file_)
    throw UsageError("this run is being written by " + holder(files, path), run_directory.string(),
                     "Stop it first, or choose another run directory.");
  // Best effort: the text only serves the other's message, the lock holds without it.
  try {
    file_->truncate(0);
    file_->append("process " + std::to_string(::getpid()) + " on " + host_name() + "\n");
  } catch (const RunError&) {
  }
}

RunLock::~RunLock() = default;

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
