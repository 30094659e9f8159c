#include "core/io/utf8.hpp"

namespace trainbus {

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Part part = utf8_front(text.substr(at));
    if (!part.valid) return at;
    at += part.bytes;
  }
  return std::string_view::npos;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bad = find_invalid_utf8(text);
    valid += text.substr(0, bad);
    if (bad == std::string_view::npos) break;
    valid += utf8_replacement;
    text.remove_prefix(bad + utf8_front(text.substr(bad)).bytes);
  }
  return valid;
}

}  // namespace trainbus
