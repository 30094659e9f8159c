// File I/O through the host (trainbus.file/1): one fault-tested layer for all sinks. Relative paths
// are taken below the run directory. All functions throw std::runtime_error with the host's
// message, which names the file and the system's reason.
#pragma once

#include <trainbus/plugin/text.hpp>

#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trainbus {
inline namespace plugin_v1 {
namespace detail {

template <class Api>
const Api* host_extension(const tb_host& host, const char* id) {
  const tb_extension* found = host.extension(&host, id);
  return found->size >= sizeof(Api) ? reinterpret_cast<const Api*>(found) : nullptr;
}

}  // namespace detail

// An open file, closed on destruction. One thread at a time.
class File {
 public:
  File() = default;
  File(File&& other) noexcept : api_(other.api_), handle_(std::exchange(other.handle_, nullptr)) {}
  File& operator=(File&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~File() { close(); }

  bool is_open() const { return handle_ != nullptr; }
  // All of data or nothing, in one write: after a failure the file is as it was.
  void append(std::string_view data) {
    detail::check([&](tb_error* e) { return api_->append(handle_, data.data(), data.size(), e); });
  }
  // Until this returns, a power cut may lose what was appended; a kill may not.
  void sync() {
    detail::check([&](tb_error* e) { return api_->sync(handle_, e); });
  }
  std::uint64_t length() const { return api_->length(handle_); }
  // Exactly size bytes from offset.
  std::string read(std::uint64_t offset, std::size_t size) const {
    std::string data(size, '\0');
    if (size == 0) return data;
    detail::check(
        [&](tb_error* e) { return api_->read(handle_, offset, data.data(), data.size(), e); });
    return data;
  }
  void truncate(std::uint64_t length) {
    detail::check([&](tb_error* e) { return api_->truncate(handle_, length, e); });
  }
  void close() noexcept {
    if (handle_) api_->close(std::exchange(handle_, nullptr));
  }

 private:
  friend class Files;
  File(const tb_file_api* api, tb_file* handle) : api_(api), handle_(handle) {}
  const tb_file_api* api_ = nullptr;
  tb_file* handle_ = nullptr;
};

// The host's file service, from Host::files().
class Files {
 public:
  explicit Files(const tb_host& host)
      : host_(&host), api_(detail::host_extension<tb_file_api>(host, TB_EXTENSION_FILE)) {
    if (!api_) throw std::runtime_error("this host offers no file service (" TB_EXTENSION_FILE ")");
  }

  // Opens or creates, positioned at the end.
  File append_to(Text path) const { return open(path, TB_FILE_APPEND); }
  // Creates; the file must not exist.
  File create(Text path) const { return open(path, TB_FILE_NEW); }
  // Replaces the whole file by data, atomically and synced: readers see the old content or the new.
  // An open File on this path keeps the old content: open it again.
  void replace(Text path, std::string_view data) const {
    detail::check([&](tb_error* e) {
      return api_->replace(host_, c_string(path), data.data(), data.size(), e);
    });
  }
  // Throws if the file has content of another run, which an absolute path may name. Call it in a
  // constructor: throwing refuses the run. Hosts without trainbus.ownership/1 never refuse.
  void refuse_other_runs(Text path) const {
    const auto* api = detail::host_extension<tb_ownership_api>(*host_, TB_EXTENSION_OWNERSHIP);
    if (!api) return;
    detail::check([&](tb_error* e) { return api->refuse_other_runs(host_, c_string(path), e); });
  }
  bool exists(Text path) const { return api_->exists(host_, c_string(path)) != 0; }
  // The names in a directory.
  std::vector<std::string> list(Text directory) const {
    Names names;
    detail::check(
        [&](tb_error* e) { return api_->list(host_, c_string(directory), add_name, &names, e); });
    if (names.out_of_memory) throw std::bad_alloc();
    return std::move(names.all);
  }

 private:
  struct Names {
    std::vector<std::string> all;
    bool out_of_memory = false;
  };
  static void add_name(void* context, tb_text name) noexcept {
    auto& names = *static_cast<Names*>(context);
    try {
      names.all.emplace_back(view(name));
    } catch (...) {  // must not cross the host's C frames
      names.out_of_memory = true;
    }
  }
  static const char* c_string(tb_text text) { return text.data; }
  File open(Text path, std::uint32_t mode) const {
    tb_file* handle = nullptr;
    detail::check([&](tb_error* e) {
      handle = api_->open(host_, c_string(path), mode, e);
      return handle ? TB_OK : TB_FAILED;
    });
    return File(api_, handle);
  }

  const tb_host* host_;
  const tb_file_api* api_;
};

}  // namespace plugin_v1
}  // namespace trainbus
