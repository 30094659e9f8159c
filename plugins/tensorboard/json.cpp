#include "json.hpp"

#include <trainbus/plugin/utf8.hpp>

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace trainbus::tensorboard {
namespace {

constexpr int kDeepest = 64;

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Json document() {
    Json out = value(0);
    skip_blanks();
    if (!rest_.empty()) fail();
    return out;
  }

 private:
  [[noreturn]] static void fail() { throw std::runtime_error("the run's description is no JSON"); }

  void skip_blanks() {
    const std::size_t start = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(start == rest_.npos ? rest_.size() : start);
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail();
  }

  Json value(int depth) {
    if (depth > kDeepest) fail();
    if (take("{")) return {object(depth)};
    if (take("[")) return {array(depth)};
    if (take("\"")) return {string()};
    if (take("true")) return {true};
    if (take("false")) return {false};
    if (take("null")) return {nullptr};
    double number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc()) fail();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return {number};
  }

  Json::Object object(int depth) {
    Json::Object out;
    if (take("}")) return out;
    do {
      expect("\"");
      std::string key = string();
      expect(":");
      out.push_back({std::move(key), value(depth + 1)});
    } while (take(","));
    expect("}");
    return out;
  }

  Json::Array array(int depth) {
    Json::Array out;
    if (take("]")) return out;
    do out.push_back(value(depth + 1));
    while (take(","));
    expect("]");
    return out;
  }

  char next() {
    if (rest_.empty()) fail();
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string string() {  // behind its opening quote
    std::string out;
    for (char c = next(); c != '"'; c = next()) {
      if (c != '\\') {
        out += c;
        continue;
      }
      constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
      c = next();
      if (c == 'u') {
        append_utf8(out, code_point());
      } else {
        const std::size_t at = names.find(c);
        if (at == names.npos) fail();
        out += meanings[at];
      }
    }
    return out;
  }

  std::uint32_t four_digits() {
    std::uint32_t out = 0;
    if (rest_.size() < 4) fail();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, out, 16);
    if (error != std::errc() || end != rest_.data() + 4) fail();
    rest_.remove_prefix(4);
    return out;
  }

  std::uint32_t code_point() {  // behind \u; a half surrogate becomes the replacement character
    const std::uint32_t high = four_digits();
    if (high < 0xd800 || high > 0xdfff) return high;
    if (high > 0xdbff || !rest_.starts_with("\\u")) return 0xfffd;
    rest_.remove_prefix(2);
    const std::uint32_t low = four_digits();
    if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  std::string_view rest_;
};

}  // namespace

const Json* Json::find(std::string_view key) const {
  const auto* members = as<Object>();
  if (!members) return nullptr;
  for (const auto& [name, member] : *members)
    if (name == key) return &member;
  return nullptr;
}

Json parse_json(std::string_view text) { return Parser(text).document(); }

}  // namespace trainbus::tensorboard
