// A short name for the exact data of a task; see Task::identity.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/io/sha256.hpp"

namespace trainbus::tasks {

class DataDigest {
 public:
  // A list of integers of one type: their number, then their bytes.
  template <class Numbers>
  void add(const Numbers& numbers) {
    const auto bytes = std::as_bytes(std::span(numbers));
    add_text(std::to_string(numbers.size()) + '\0');
    add_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  // As it is: the caller sees to it that two lists of texts never look alike.
  void add_text(std::string_view text) { digest_.update(text); }
  // SHA-256 in hexadecimal; the last call.
  std::string finish() { return digest_.finish(); }

 private:
  Sha256 digest_;
};

}  // namespace trainbus::tasks
