// The host extension trainbus.file/1: a plugin's files, over the core's file system.
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "core/host/plugin_host.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

// Who writes which file, in this process: two that append to one file would only mix their rows.
class Writers {
 public:
  void claim(const std::filesystem::path& path, const PluginHost& host) {
    const std::lock_guard lock(mutex_);
    const auto [writer, is_new] = by_path_.try_emplace(path, &host, 0);
    if (writer->second.first != &host)
      throw UsageError("is written by the plugin " + writer->second.first->name() + " already",
                       path.string(), "Give one of the two another path.");
    ++writer->second.second;
  }
  void release(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    const auto writer = by_path_.find(path);
    if (writer != by_path_.end() && --writer->second.second == 0) by_path_.erase(writer);
  }

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, std::pair<const PluginHost*, int>> by_path_;  // open files
};

Writers& writers() {
  static Writers& instance = *new Writers;  // files may be closed while the process ends
  return instance;
}

}  // namespace
}  // namespace trainbus

// The handle that a plugin holds.
struct tb_file {
  tb_file(trainbus::PluginHost& h, std::unique_ptr<trainbus::File> f)
      : host(h), file(std::move(f)) {}
  ~tb_file() { trainbus::writers().release(file->path()); }
  tb_file(const tb_file&) = delete;
  tb_file& operator=(const tb_file&) = delete;
  trainbus::PluginHost& host;
  std::unique_ptr<trainbus::File> file;
};

namespace trainbus {

void PluginHost::keep_open(tb_file* file) {
  const std::lock_guard lock(mutex_);
  open_files_.insert(file);
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
}

namespace {

std::string_view bytes(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

// The folders of a relative path are made, those of an absolute one are the user's business.
std::filesystem::path prepare(PluginHost& host, const char* path) {
  const std::filesystem::path wanted = path ? path : "";
  const std::filesystem::path resolved = host.resolve(wanted.native());
  if (wanted.is_relative() && wanted.has_parent_path())
    host.files().make_folders(resolved.parent_path());
  return resolved;
}

tb_file* open_file(const tb_host* h, const char* path, std::uint32_t mode, tb_error* error) {
  std::unique_ptr<tb_file> opened;
  const tb_status status = answer(error, [&] {
    PluginHost& host = PluginHost::of(h);
    if (mode != TB_FILE_APPEND && mode != TB_FILE_NEW)
      throw UsageError(
          "the mode is " + std::to_string(mode) + ", expected TB_FILE_APPEND or TB_FILE_NEW",
          path ? path : "", "");
    const auto how = mode == TB_FILE_NEW ? FileSystem::Mode::New : FileSystem::Mode::Append;
    const std::filesystem::path resolved = prepare(host, path);
    writers().claim(resolved, host);
    try {
      opened = std::make_unique<tb_file>(host, host.files().open(resolved, how));
    } catch (...) {
      writers().release(resolved);
      throw;
    }
    host.keep_open(opened.get());
  });
  return status == TB_OK ? opened.release() : nullptr;
}

tb_status append(tb_file* file, const void* data, std::size_t size, tb_error* error) {
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
  return answer(error, [&] { file->file->truncate(size); });
}

void close(tb_file* file) {
  if (file) PluginHost::close(file);
}

tb_status replace(const tb_host* h, const char* path, const void* data, std::size_t size,
                  tb_error* error) {
  return answer(error, [&] {
    PluginHost& host = PluginHost::of(h);
    host.files().replace(prepare(host, path), bytes(data, size));
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

}  // namespace

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
