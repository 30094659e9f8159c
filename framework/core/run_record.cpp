#include "core/run_record.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include "core/error.hpp"
#include "core/file_system.hpp"
#include "core/sha256.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && *name ? name : "unknown";
}

std::string words(int error) { return std::generic_category().message(error); }

// What the lock's holder wrote: one line.
std::string holder(int fd) {
  char text[512];
  const ssize_t n = ::pread(fd, text, sizeof text, 0);
  std::string line(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  line.resize(std::min(line.size(), line.find('\n')));
  return line.empty() ? "another process" : line;
}

}  // namespace

RunLock::RunLock(const fs::path& run_directory) {
  const fs::path path = run_directory / "run.lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0)
    throw UsageError("cannot create the lock: " + words(errno), path.string(),
                     "Choose a run directory that can be written.");
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    const int error = errno;
    const std::string other = holder(fd_);
    ::close(fd_);
    if (error == EWOULDBLOCK)
      throw UsageError("this run is being written by " + other, run_directory.string(),
                       "Stop it first, or choose another run directory.");
    throw UsageError("cannot lock it: " + words(error), path.string(),
                     "Choose a run directory on a file system that has locks.");
  }
  const std::string us = "process " + std::to_string(::getpid()) + " on " + host_name() + "\n";
  // Best effort: the text only serves the other's message, the lock holds without it.
  if (::ftruncate(fd_, 0) == 0) [[maybe_unused]]
    const ssize_t n = ::write(fd_, us.data(), us.size());
}

RunLock::~RunLock() { ::close(fd_); }

fs::path make_run_directory(const fs::path& path) {
  const std::string remedy = "Choose another run directory.";
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  if (error) throw UsageError(error.message(), path.string(), remedy);
  if (fs::exists(absolute, error)) {
    if (!fs::is_directory(absolute, error))
      throw UsageError("is a file, expected a directory", absolute.string(), remedy);
    fs::directory_iterator entry(absolute, error);
    if (error) throw UsageError("cannot list it: " + error.message(), absolute.string(), remedy);
    if (entry != fs::directory_iterator())
      throw UsageError("is not empty (it has " + entry->path().filename().string() + ")",
                       absolute.string(),
                       "Choose another run directory, or replace that run with --overwrite.");
  }
  try {
    file_system().make_folders(absolute);
  } catch (const RunError& e) {
    throw UsageError(e.what(), "", remedy);
  }
  if (::access(absolute.c_str(), W_OK | X_OK) != 0)
    throw UsageError("cannot be written: " + words(errno), absolute.string(), remedy);
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
