#include "environment.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace trainbus::progress {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<bool> word(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (text == "0" || text == "false" || text == "no" || text == "off") return false;
  if (text == "1" || text == "true" || text == "yes" || text == "on") return true;
  return std::nullopt;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

template <class T>
std::optional<T> number(const char* name, T max, std::string_view expected,
                        std::vector<std::string>& complaints) {
  const std::string text = variable(name);
  if (text.empty()) return std::nullopt;
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= T{} && value <= max)
    return value;
  complaints.push_back(std::string(name) + " is '" + text + "' and not " + std::string(expected) +
                       ": it is ignored.");
  return std::nullopt;
}

}  // namespace

Environment read_environment() {
  Environment out;
  if (const std::string text = variable("TQDM_DISABLE"); !text.empty())
    out.disable = word(text).value_or(true);
  if (const std::string text = variable("TQDM_ASCII"); !text.empty())
    out.ascii = word(text).value_or(is_ascii(text));
  out.min_interval_s = number<double>("TQDM_MININTERVAL", 86400,
                                      "a number of seconds from 0 to 86400", out.complaints);
  out.columns = number<std::size_t>("TQDM_NCOLS", 10000, "a number of columns from 0 to 10000",
                                    out.complaints);
  return out;
}

}  // namespace trainbus::progress
