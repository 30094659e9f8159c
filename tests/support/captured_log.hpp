// The log messages during this object's lifetime, read back from the log's file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

class CapturedLog {
 public:
  CapturedLog() { log::open_file(folder_ / "log.txt"); }
  ~CapturedLog() { log::close_file(); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::string text() const { return file_system().read_all(folder_ / "log.txt"); }
  // The number of occurrences of the text.
  std::size_t count(std::string_view words) const {
    const std::string all = text();
    std::size_t n = 0;
    for (std::size_t at = all.find(words); at != all.npos; at = all.find(words, at + words.size()))
      ++n;
    return n;
  }

 private:
  ScratchFolder folder_;
};

}  // namespace trainbus::testing
