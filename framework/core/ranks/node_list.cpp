#include "core/ranks/node_list.hpp"

namespace trainbus::ranks {

// A host is text with [ranges] in it; the first number of each range belongs to the first host.
std::string first_host(std::string_view node_list) {
  std::string host;
  while (!node_list.empty()) {
    const char c = node_list.front();
    node_list.remove_prefix(1);
    if (c == ',') break;
    if (c == ']') return {};
    if (c != '[') {
      host += c;
      continue;
    }
    const std::size_t end = node_list.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view ranges = node_list.substr(0, end);
    const std::string_view first = ranges.substr(0, ranges.find_first_of("-,"));
    if (first.empty() || first.find_first_not_of("0123456789") != std::string_view::npos) return {};
    host += first;
    node_list.remove_prefix(end + 1);
  }
  return host;
}

}  // namespace trainbus::ranks
