// Builds GGUF files piece by piece, well-formed or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "file_bytes.hpp"
#include "formats/gguf/gguf.hpp"

namespace trainbus::testing {

class GgufBuilder {
 public:
  static std::string text(std::string_view text) {
    return bytes_of<std::uint64_t>(text.size()) + std::string(text);
  }
  static std::string array(GgufType type, std::uint64_t count, const std::string& elements) {
    return bytes_of(static_cast<std::uint32_t>(type)) + bytes_of(count) + elements;
  }

  void entry(std::string_view key, GgufType type, const std::string& value) {
    entries_ += text(key) + bytes_of(static_cast<std::uint32_t>(type)) + value;
    ++entry_count_;
  }
  // axes: fastest first, as in the file.
  void tensor(std::string_view name, GgmlType type, const std::vector<std::uint64_t>& axes,
              std::uint64_t offset) {
    tensors_ += text(name) + bytes_of(static_cast<std::uint32_t>(axes.size()));
    for (const std::uint64_t axis : axes) tensors_ += bytes_of(axis);
    tensors_ += bytes_of(static_cast<std::uint32_t>(type)) + bytes_of(offset);
    ++tensor_count_;
  }
  void data(std::size_t bytes) { data_bytes_ = bytes; }

  std::string bytes(std::uint32_t version) const {
    std::string file =
        "GGUF" + bytes_of(version) + bytes_of(tensor_count_) + bytes_of(entry_count_);
    file += entries_ + tensors_;
    file.resize((file.size() + 31) / 32 * 32);
    return file + std::string(data_bytes_, '\1');
  }

 private:
  std::string entries_, tensors_;
  std::uint64_t entry_count_ = 0, tensor_count_ = 0;
  std::size_t data_bytes_ = 0;
};

}  // namespace trainbus::testing
