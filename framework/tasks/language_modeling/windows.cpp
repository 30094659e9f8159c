#include "tasks/language_modeling/windows.hpp"

#include <algorithm>
#include <stdexcept>

namespace trainbus::tasks {

std::vector<Window> strided_windows(std::uint64_t count, std::uint64_t size, std::uint64_t stride) {
  if (size < 2 || stride < 1 || stride > size)
    throw std::invalid_argument("windows of fewer than 2 tokens, or a stride that skips some");
  std::vector<Window> windows;
  std::uint64_t reached = 0;  // tokens that a window has had
  for (std::uint64_t begin = 0; reached < count; begin += stride) {
    const std::uint64_t end = std::min(begin + size, count);
    const std::uint64_t first = std::max(reached, begin + 1);
    if (first < end) windows.push_back({begin, end, end - first});
    reached = end;
  }
  return windows;
}

}  // namespace trainbus::tasks
