// The file service trainbus.file/1 in memory, which can be told to fail.
#pragma once

#include <trainbus/plugin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace trainbus::testing {

// Paths are plain keys. An open file keeps its content after replace(), as an open descriptor does.
// Used by FakeHost; tests add and read files and plan failures.
class FakeFiles {
 public:
  void put(const std::string& path, std::string content) {
    contents_[path] = std::make_shared<std::string>(std::move(content));
  }
  bool exists(const std::string& path) const { return contents_.count(path) != 0; }
  // The content of a file; empty if there is none.
  std::string get(const std::string& path) const {
    const auto found = contents_.find(path);
    return found == contents_.end() ? std::string() : *found->second;
  }
  std::size_t count() const { return contents_.size(); }

  // Operations (open, append, read, sync, truncate, replace) so far, failed ones included.
  std::uint64_t operations() const { return operations_; }
  std::uint64_t syncs() const { return syncs_; }
  std::size_t open_files() const { return open_files_; }
  // The next `successes` operations succeed, then `failures` fail, then all succeed again.
  void fail_after(std::uint64_t successes,
                  std::uint64_t failures = std::numeric_limits<std::uint64_t>::max() / 2) {
    first_failure_ = operations_ + successes;
    end_of_failures_ = first_failure_ + failures;
  }
  void heal() { end_of_failures_ = 0; }

  // ---- what FakeHost's C functions call ----
  struct Open {
    FakeFiles* files;
    std::shared_ptr<std::string> content;
    std::string path;
  };
  Open* open(const char* path, std::uint32_t mode, tb_error* error) {
    if (!allowed("open", path, error)) return nullptr;
    auto& content = contents_[path];
    if (content && mode == TB_FILE_NEW) return fail("create", path, "it exists", error), nullptr;
    if (!content) content = std::make_shared<std::string>();
    ++open_files_;
    return new Open{this, content, path};
  }
  static tb_status append(Open& file, std::string_view data, tb_error* error) {
    if (!file.files->allowed("append to", file.path, error)) return TB_FAILED;
    file.content->append(data);
    return TB_OK;
  }
  static tb_status read(Open& file, std::uint64_t offset, void* data, std::size_t size,
                        tb_error* error) {
    if (!file.files->allowed("read", file.path, error)) return TB_FAILED;
    if (offset + size > file.content->size())
      return fail("read", file.path, "it is shorter", error);
    if (size > 0) std::memcpy(data, file.content->data() + offset, size);
    return TB_OK;
  }
  static tb_status sync(Open& file, tb_error* error) {
    if (!file.files->allowed("sync", file.path, error)) return TB_FAILED;
    ++file.files->syncs_;
    return TB_OK;
  }
  static tb_status truncate(Open& file, std::uint64_t length, tb_error* error) {
    if (!file.files->allowed("truncate", file.path, error)) return TB_FAILED;
    file.content->resize(length);
    return TB_OK;
  }
  static void close(Open* file) {
    --file->files->open_files_;
    delete file;
  }
  tb_status replace(const char* path, std::string_view data, tb_error* error) {
    if (!allowed("replace", path, error)) return TB_FAILED;
    put(path, std::string(data));
    return TB_OK;
  }
  template <class Function>
  void each_in(std::string_view directory, Function&& function) const {
    const std::string prefix =
        directory.empty() || directory == "." ? "" : std::string(directory) + "/";
    for (const auto& [path, content] : contents_)
      if (path.starts_with(prefix) && path.find('/', prefix.size()) == path.npos)
        function(tb_text{path.c_str() + prefix.size(), path.size() - prefix.size()});
  }

 private:
  static tb_status fail(const char* what, const std::string& path, const char* why,
                        tb_error* error) {
    const std::string message = std::string("cannot ") + what + " " + path + ": " + why;
    const std::size_t size = std::min(message.size(), sizeof error->message - 1);
    std::memcpy(error->message, message.data(), size);
    error->message[size] = '\0';
    return TB_FAILED;
  }
  bool allowed(const char* what, const std::string& path, tb_error* error) {
    const std::uint64_t operation = operations_++;
    if (operation < first_failure_ || operation >= end_of_failures_) return true;
    fail(what, path, "No space left on device (injected)", error);
    return false;
  }

  std::map<std::string, std::shared_ptr<std::string>> contents_;
  std::uint64_t operations_ = 0, syncs_ = 0;
  std::uint64_t first_failure_ = 0, end_of_failures_ = 0;
  std::size_t open_files_ = 0;
};

}  // namespace trainbus::testing
