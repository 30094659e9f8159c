// Texts one behind the other, which together may be larger than memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/io/spilled_vector.hpp"

namespace trainbus::tasks {

// Texts by their index; views are valid until one is appended.
class TextList {
 public:
  void append(std::string_view text) {
    text_.append(text);
    ends_.push_back(text_.size());
  }
  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::string_view operator[](std::size_t i) const {
    const std::uint64_t begin = i > 0 ? ends_[i - 1] : 0;
    return {text_.data() + begin, ends_[i] - begin};
  }

 private:
  SpilledVector<char> text_;
  SpilledVector<std::uint64_t> ends_;
};

}  // namespace trainbus::tasks
