// A text's lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trainbus {

// Without their ends, "\n" or "\r\n"; an end at the very end begins no further line.
inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace trainbus
