// The host extensions trainbus.file/1 and trainbus.ownership/1: a plugin's files, through the
// core's file system, and which run wrote them.
#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "core/host/plugin_host.hpp"
#include "core/io/error.hpp"

// The handle that a plugin holds.
struct tb_file {
  tb_file(trainbus::PluginHost& h, std::unique_ptr<trainbus::File> f)
      : host(h), file(std::move(f)) {}
  // The claim on a file that was only read is released; a file that was written stays claimed.
  ~tb_file() {
    if (!written) host.claims().release(file->path(), host.writer());
  }
  tb_file(const tb_file&) = delete;
  tb_file& operator=(const tb_file&) = delete;
  trainbus::PluginHost& host;
  std::unique_ptr<trainbus::File> file;
  bool written = false;
};

namespace trainbus {

void PluginHost::keep_open(tb_file* file) {
  const std::lock_guard lock(mutex_);
  open_files_.insert(file);
}

bool PluginHost::has_open(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(open_files_,
                             [&](const tb_file* file) { return file->file->path() == path; });
}

void PluginHost::claim(const std::filesystem::path& path) {
  try {
    claims().claim(path, writer());
  } catch (const UsageError& error) {
    refuse(error);
  }
}

void PluginHost::refuse(const UsageError& error) {
  const std::lock_guard lock(mutex_);
  if (refusal_.empty()) refusal_ = error.what();
  throw error;
}

std::string PluginHost::refusal() {
  const std::lock_guard lock(mutex_);
  return refusal_;
}

void PluginHost::close(tb_file* file) {
  {
    const std::lock_guard lock(file->host.mutex_);
    file->host.open_files_.erase(file);
  }
  delete file;
}

PluginHost::~PluginHost() {
  for (tb_file* file : open_files_) delete file;
  claims().release_all(writer());
}

namespace {

std::string_view bytes(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

// The file's path, claimed for this instance. The folders of a relative path are made; those of an
// absolute path must exist.
std::filesystem::path claimed(PluginHost& host, const char* path) {
  const std::filesystem::path wanted = path ? path : "";
  const std::filesystem::path resolved = host.resolve(wanted.native());
  host.claim(resolved);
  if (wanted.is_relative() && wanted.has_parent_path())
    host.files().make_folders(resolved.parent_path());
  return resolved;
}

// Whether this is a file, existing or not, that other runs may write too.
bool is_outside(PluginHost& host, const std::filesystem::path& path) {
  if (host.is_below_run_directory(path) || host.claims().is_of_this_run(path)) return false;
  const std::filesystem::path file = without_links(path);
  FileSystem& files = host.files();
  return !files.exists(file) || files.type(file) == FileSystem::Type::File;
}

// A file outside the run directory is locked while it is open, so that two concurrent runs do not
// mix their rows. On a file system without locks it is not locked.
std::unique_ptr<File> open_outside(PluginHost& host, const std::filesystem::path& path) {
  std::unique_ptr<File> file;
  try {
    file = host.files().lock(path);
  } catch (const RunError&) {
    return host.files().open(path, FileSystem::Mode::Append);
  }
  if (file) return file;
  if (host.has_open(path)) return host.files().open(path, FileSystem::Mode::Append);
  host.refuse(
      UsageError("is being written by another run", path.string(), "Give this run another path."));
}

std::unique_ptr<File> open_for(PluginHost& host, const std::filesystem::path& path,
                               std::uint32_t mode) {
  if (mode == TB_FILE_NEW) return host.files().open(path, FileSystem::Mode::New);
  if (is_outside(host, path)) return open_outside(host, path);
  return host.files().open(path, FileSystem::Mode::Append);
}

tb_file* open_file(const tb_host* h, const char* path, std::uint32_t mode, tb_error* error) {
  std::unique_ptr<tb_file> opened;
  const tb_status status = answer(error, [&] {
    PluginHost& host = PluginHost::of(h);
    if (mode != TB_FILE_APPEND && mode != TB_FILE_NEW)
      throw UsageError(
          "the mode is " + std::to_string(mode) + ", expected TB_FILE_APPEND or TB_FILE_NEW",
          path ? path : "", "");
    const std::filesystem::path file = claimed(host, path);
    try {
      opened = std::make_unique<tb_file>(host, open_for(host, file, mode));
    } catch (...) {
      host.claims().release(file, host.writer());
      throw;
    }
    host.keep_open(opened.get());
  });
  return status == TB_OK ? opened.release() : nullptr;
}

tb_status append(tb_file* file, const void* data, std::size_t size, tb_error* error) {
  file->written = true;
  return answer(error, [&] { file->file->append(bytes(data, size)); });
}

tb_status sync(tb_file* file, tb_error* error) {
  return answer(error, [&] { file->file->sync(); });
}

std::uint64_t length(tb_file* file) { return file->file->length(); }

tb_status read(tb_file* file, std::uint64_t offset, void* data, std::size_t size, tb_error* error) {
  return answer(error, [&] { file->file->read(offset, {static_cast<char*>(data), size}); });
}

tb_status truncate(tb_file* file, std::uint64_t size, tb_error* error) {
  file->written = true;
  return answer(error, [&] { file->file->truncate(size); });
}

void close(tb_file* file) {
  if (file) PluginHost::close(file);
}

tb_status replace(const tb_host* h, const char* path, const void* data, std::size_t size,
                  tb_error* error) {
  return answer(error, [&] {
    PluginHost& host = PluginHost::of(h);
    host.files().replace(claimed(host, path), bytes(data, size));
  });
}

int exists(const tb_host* h, const char* path) {
  bool there = false;
  answer(nullptr, [&] {
    PluginHost& host = PluginHost::of(h);
    there = host.files().exists(host.resolve(path ? path : ""));
  });
  return there;
}

tb_status list(const tb_host* h, const char* directory, void (*each)(void*, tb_text), void* context,
               tb_error* error) {
  return answer(error, [&] {
    PluginHost& host = PluginHost::of(h);
    const std::string_view wanted = directory && *directory ? directory : ".";
    for (const std::string& name : host.files().list(host.resolve(wanted)))
      each(context, {name.data(), name.size()});
  });
}

tb_status refuse_other_runs(const tb_host* h, const char* path, tb_error* error) {
  return answer(error, [&] {
    PluginHost& host = PluginHost::of(h);
    const std::filesystem::path resolved = host.resolve(path ? path : "");
    if (!host.files().exists(resolved) || !is_outside(host, resolved)) return;
    if (host.files().open(resolved, FileSystem::Mode::Read)->length() == 0) return;
    host.refuse(UsageError("holds what another run wrote", resolved.string(),
                           "Give this run another path, or move the file away."));
  });
}

}  // namespace

const tb_ownership_api& host_ownership_api() {
  static const tb_ownership_api api = {sizeof(tb_ownership_api), refuse_other_runs};
  return api;
}

const tb_file_api& host_file_api() {
  static const tb_file_api api = {sizeof(tb_file_api),
                                  open_file,
                                  append,
                                  sync,
                                  length,
                                  read,
                                  truncate,
                                  close,
                                  replace,
                                  exists,
                                  list};
  return api;
}

}  // namespace trainbus
