#include "json_text.hpp"

#include <trainbus/plugin.hpp>

#include <cmath>
#include <cstdint>

namespace {

void append_control(std::string& out, char c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr char hex[] = "0123456789abcdef";
  out += "\\u00";
  out += hex[c >> 4];
  out += hex[c & 15];
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const trainbus::Utf8Part part = trainbus::utf8_front(text);
    const char c = text.front();
    if (!part.valid) {
      out += trainbus::utf8_replacement;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (part.bytes == 1 && c < 0x20) {
      append_control(out, c);
    } else {
      out += text.substr(0, part.bytes);
    }
    text.remove_prefix(part.bytes);
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (std::isfinite(value)) return trainbus::append_number(out, value);
  out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}
