#include "core/io/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/posix_file.hpp"
#include "core/io/replace_file_system.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(SystemCalls& calls) : calls_(calls) {}

  std::unique_ptr<File> open(const fs::path& path, Mode mode) override;
  std::unique_ptr<File> lock(const fs::path& path) override;
  void replace(const fs::path& path, std::string_view data) override;
  std::string read_all(const fs::path& path) override;
  bool exists(const fs::path& path) override { return calls_.exists(path.c_str()); }
  Type type(const fs::path& path) override;
  std::vector<std::string> list(const fs::path& folder) override;
  void make_folders(const fs::path& path) override;
  void remove(const fs::path& path) override;
  void remove_tree(const fs::path& path) override;
  void rename_over(const fs::path& from, const fs::path& to) override;
  bool rename_new(const fs::path& from, const fs::path& to) override;
  void sync_folder(const fs::path& folder) override;
  std::uint64_t free_bytes(const fs::path& path) override;

 private:
  void write_new(const fs::path& path, std::string_view data);
  SystemCalls& calls_;
};

std::unique_ptr<File> PosixFileSystem::open(const fs::path& path, Mode mode) {
  int flags = O_RDWR | O_CREAT | O_APPEND;
  if (mode == Mode::New) flags |= O_EXCL;
  if (mode == Mode::Read) flags = O_RDONLY;
  return std::make_unique<PosixFile>(calls_, path, flags);
}

std::unique_ptr<File> PosixFileSystem::lock(const fs::path& path) {
  auto file = std::make_unique<PosixFile>(calls_, path, O_RDWR | O_CREAT | O_APPEND);
  if (!file->lock()) return nullptr;
  return file;
}

void PosixFileSystem::write_new(const fs::path& path, std::string_view data) {
  PosixFile file(calls_, path, O_RDWR | O_CREAT | O_EXCL | O_APPEND);
  file.append(data);
  file.sync_all();
  file.close();
}

void PosixFileSystem::replace(const fs::path& path, std::string_view data) {
  mode_t there = S_IFREG;
  if (exists(path) && uninterrupted([&] { return calls_.type(path.c_str(), there); }) != 0)
    throw_system_error(path, "see what it is", errno);
  if (there == S_IFCHR || there == S_IFBLK || there == S_IFIFO || there == S_IFSOCK)
    throw RunError("is a device or a pipe, which is not replaced by a file", path.string(), "");
  fs::path temporary = path;
  temporary += ".tmp-" + std::to_string(::getpid());
  calls_.unlink(temporary.c_str());  // of a killed process with the same id
  try {
    write_new(temporary, data);
    rename_over(temporary, path);
  } catch (...) {
    calls_.unlink(temporary.c_str());
    throw;
  }
  sync_folder(folder_of(path));
}

void PosixFileSystem::sync_folder(const fs::path& folder) {
  PosixFile(calls_, folder, O_RDONLY | O_DIRECTORY).sync_all();
}

void PosixFileSystem::rename_over(const fs::path& from, const fs::path& to) {
  if (uninterrupted([&] { return calls_.rename(from.c_str(), to.c_str()); }) != 0)
    throw_system_error(to, "put " + from.filename().string() + " in its place", errno);
}

bool PosixFileSystem::rename_new(const fs::path& from, const fs::path& to) {
  if (uninterrupted([&] { return calls_.rename_new(from.c_str(), to.c_str()); }) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS)
    throw_system_error(to, "put " + from.filename().string() + " there", errno);
  // NFS, for example, has no such rename. A run's folder has one writer, so the check stays valid.
  if (calls_.exists(to.c_str())) return false;
  rename_over(from, to);
  return true;
}

std::string PosixFileSystem::read_all(const fs::path& path) {
  PosixFile file(calls_, path, O_RDONLY);
  std::string content(file.length(), '\0');
  file.read(0, content);
  return content;
}

FileSystem::Type PosixFileSystem::type(const fs::path& path) {
  mode_t type = 0;
  if (uninterrupted([&] { return calls_.type(path.c_str(), type); }) != 0)
    throw_system_error(path, "see what it is", errno);
  return type == S_IFREG ? Type::File : type == S_IFDIR ? Type::Folder : Type::Other;
}

std::vector<std::string> PosixFileSystem::list(const fs::path& folder) {
  std::vector<std::string> names;
  const auto list = [&] { return names.clear(), calls_.list(folder.c_str(), names); };
  if (uninterrupted(list) != 0) throw_system_error(folder, "list it", errno);
  std::sort(names.begin(), names.end());
  return names;
}

void PosixFileSystem::make_folders(const fs::path& path) {
  fs::path folder;
  for (const fs::path& part : path) {
    folder /= part;
    if (calls_.exists(folder.c_str())) continue;
    const auto make = [&] { return calls_.mkdir(folder.c_str()); };
    if (uninterrupted(make) != 0 && errno != EEXIST)
      throw_system_error(folder, "create the folder", errno);
    sync_folder(folder_of(folder));
  }
}

void PosixFileSystem::remove(const fs::path& path) {
  if (uninterrupted([&] { return calls_.unlink(path.c_str()); }) != 0)
    throw_system_error(path, "remove it", errno);
}

void PosixFileSystem::remove_tree(const fs::path& path) {
  if (type(path) != Type::Folder) return remove(path);
  for (const std::string& name : list(path)) remove_tree(path / name);
  if (uninterrupted([&] { return calls_.rmdir(path.c_str()); }) != 0)
    throw_system_error(path, "remove the folder", errno);
}

std::uint64_t PosixFileSystem::free_bytes(const fs::path& path) {
  std::uint64_t bytes = 0;
  if (uninterrupted([&] { return calls_.free_bytes(path.c_str(), bytes); }) != 0)
    throw_system_error(path, "ask for the free space", errno);
  return bytes;
}

}  // namespace

File::~File() = default;
FileSystem::~FileSystem() = default;

namespace {

std::atomic<FileSystem*> in_its_place = nullptr;

}  // namespace

void set_file_system(FileSystem* files) { in_its_place = files; }

bool file_system_is_real() { return in_its_place == nullptr; }

FileSystem& file_system() {
  if (FileSystem* const other = in_its_place) return *other;
  static PosixFileSystem* const real =
      new PosixFileSystem(system_calls());  // leaked: see system_calls
  return *real;
}

std::unique_ptr<FileSystem> make_file_system(SystemCalls& calls) {
  return std::make_unique<PosixFileSystem>(calls);
}

}  // namespace trainbus
