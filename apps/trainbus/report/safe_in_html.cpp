#include "report/data.hpp"

#include "core/io/utf8.hpp"

namespace trainbus::report {
namespace {

// In JSON these characters occur only in strings, where the escape is equivalent.
std::string_view escape_of(std::string_view character) {
  if (character == "<") return "\\u003c";
  if (character == ">") return "\\u003e";
  if (character == "&") return "\\u0026";
  if (character == "\xE2\x80\xA8") return "\\u2028";
  if (character == "\xE2\x80\xA9") return "\\u2029";
  return character;
}

}  // namespace

std::string safe_in_html(std::string_view json_text) {
  std::string result;
  result.reserve(json_text.size() + json_text.size() / 16);
  while (!json_text.empty()) {
    const Utf8Part part = utf8_front(json_text);
    result += part.valid ? escape_of(json_text.substr(0, part.bytes)) : utf8_replacement;
    json_text.remove_prefix(part.bytes);
  }
  return result;
}

}  // namespace trainbus::report
