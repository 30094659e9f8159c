#include "text/steps/oniguruma.hpp"

#include <array>
#include <cctype>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::string_view word = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

struct Replacement {
  std::string_view name, with;
};

// POSIX brackets inside a class.
constexpr std::array<Replacement, 7> brackets = {{{"alpha", "\\p{Alphabetic}"},
                                                  {"digit", "\\p{Nd}"},
                                                  {"alnum", "\\p{Alphabetic}\\p{Nd}"},
                                                  {"space", "\\p{White_Space}"},
                                                  {"upper", "\\p{Uppercase}"},
                                                  {"lower", "\\p{Lowercase}"},
                                                  {"word", word}}};

// Properties that PCRE2 knows under another name.
constexpr std::array<Replacement, 18> properties = {{{"Letter", "L"},
                                                     {"Uppercase_Letter", "Lu"},
                                                     {"Lowercase_Letter", "Ll"},
                                                     {"Titlecase_Letter", "Lt"},
                                                     {"Modifier_Letter", "Lm"},
                                                     {"Other_Letter", "Lo"},
                                                     {"Mark", "M"},
                                                     {"Nonspacing_Mark", "Mn"},
                                                     {"Number", "N"},
                                                     {"Decimal_Number", "Nd"},
                                                     {"Punctuation", "P"},
                                                     {"Symbol", "S"},
                                                     {"Separator", "Z"},
                                                     {"Space_Separator", "Zs"},
                                                     {"Other", "C"},
                                                     {"Control", "Cc"},
                                                     {"Alpha", "Alphabetic"},
                                                     {"Space", "White_Space"}}};

class Translator {
 public:
  Translator(std::string_view pattern, const std::string& where)
      : pattern_(pattern), where_(where) {}

  std::string run() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\')
        escape(false);
      else if (c == '[')
        character_class();
      else if (c == '{' && quantifier())
        continue;
      else if (pattern_.substr(at_).starts_with("(?"))
        options();
      else
        copy(1);
    }
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw UsageError("the pattern \"" + std::string(pattern_) + "\" uses " + what, where_,
                     "PCRE2 has no equal for it; use a tokenizer whose pattern is written "
                     "otherwise.");
  }
  void copy(std::size_t count) {
    out_ += pattern_.substr(at_, count);
    at_ += count;
  }
  void put(std::string_view with, std::size_t consumed) {
    out_ += with;
    at_ += consumed;
  }

  static std::string set(std::string_view members, bool negated) {
    return (negated ? "[^" : "[") + std::string(members) + "]";
  }
  static std::string border(bool negated) {
    const std::string w = set(word, false), ahead = "(?=" + w + ")", behind = "(?<=" + w + ")",
                      not_ahead = "(?!" + w + ")", not_behind = "(?<!" + w + ")";
    return negated ? "(?:" + behind + ahead + "|" + not_behind + not_ahead + ")"
                   : "(?:" + behind + not_ahead + "|" + not_behind + ahead + ")";
  }

  void escape(bool in_class) {
    if (at_ + 1 == pattern_.size()) return copy(1);
    const char c = pattern_[at_ + 1];
    if (c == 's') return put("\\p{White_Space}", 2);
    if (c == 'S') return put("\\P{White_Space}", 2);
    if (c == 'd') return put("\\p{Nd}", 2);
    if (c == 'D') return put("\\P{Nd}", 2);
    if (c == 'v') return put("\\x0B", 2);
    if (c == 'w') return put(in_class ? std::string(word) : set(word, false), 2);
    if (c == 'h') return put(in_class ? "0-9A-Fa-f" : "[0-9A-Fa-f]", 2);
    if (c == 'p' || c == 'P') return property();
    if (c == 'u') return code_point();
    if (in_class && (c == 'W' || c == 'H')) refuse(std::string("\\") + c + " inside a class");
    if (c == 'W') return put(set(word, true), 2);
    if (c == 'H') return put("[^0-9A-Fa-f]", 2);
    if (!in_class && (c == 'b' || c == 'B')) return put(border(c == 'B'), 2);
    copy(2);
  }

  void property() {
    const std::size_t end = pattern_.find('}', at_);
    if (at_ + 2 >= pattern_.size() || pattern_[at_ + 2] != '{' || end == std::string_view::npos)
      return copy(2);
    std::string_view name = pattern_.substr(at_ + 3, end - at_ - 3);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    for (const Replacement& known : properties)
      if (name == known.name) name = known.with;
    const bool capital = pattern_[at_ + 1] == 'P';
    put((capital != negated ? "\\P{" : "\\p{") + std::string(name) + "}", end + 1 - at_);
  }

  // \u00E4
  void code_point() {
    std::size_t digits = 0;
    while (digits < 4 && at_ + 2 + digits < pattern_.size() &&
           std::isxdigit(static_cast<unsigned char>(pattern_[at_ + 2 + digits])) != 0)
      ++digits;
    if (digits != 4) refuse("\\u without four digits");
    put("\\x{" + std::string(pattern_.substr(at_ + 2, 4)) + "}", 6);
  }

  // A class inside a class adds its members to it.
  void character_class() {
    copy(1);
    if (at_ < pattern_.size() && pattern_[at_] == '^') copy(1);
    if (at_ < pattern_.size() && pattern_[at_] == ']') put("\\]", 1);
    for (std::size_t depth = 1; at_ < pattern_.size();) {
      const std::string_view rest = pattern_.substr(at_);
      if (rest[0] == '\\') {
        escape(true);
      } else if (rest.starts_with("[:")) {
        bracket();
      } else if (rest[0] == '[') {
        if (rest.starts_with("[^")) refuse("[^…] inside a class");
        ++depth;
        ++at_;
      } else if (rest.starts_with("&&")) {
        refuse("&& inside a class");
      } else if (rest[0] == ']') {
        if (--depth == 0) return copy(1);
        ++at_;
      } else {
        copy(1);
      }
    }
  }

  void bracket() {
    const std::size_t end = pattern_.find(":]", at_);
    const std::string_view name =
        end == std::string_view::npos ? "" : pattern_.substr(at_ + 2, end - at_ - 2);
    for (const Replacement& known : brackets)
      if (name == known.name) return put(known.with, end + 2 - at_);
    refuse("[:" + std::string(name) + ":]");
  }

  // {2}, {2,3}, {,3}; behind it "+" repeats once more, while in PCRE2 it forbids to give back.
  bool quantifier() {
    const std::size_t end = pattern_.find('}', at_);
    if (end == std::string_view::npos || end == at_ + 1) return false;
    const std::string_view inner = pattern_.substr(at_ + 1, end - at_ - 1);
    if (inner.find_first_not_of("0123456789,") != std::string_view::npos) return false;
    const std::string least(inner.starts_with(',') ? "0" : inner.substr(0, inner.find(',')));
    const bool again = end + 1 < pattern_.size() && pattern_[end + 1] == '+';
    if (again && least != "0" && least != "1") refuse("{" + std::string(inner) + "}+");
    if (again)
      put("{" + least + ",}", end + 2 - at_);
    else
      put("{" + (inner.starts_with(',') ? "0" : std::string()) + std::string(inner) + "}",
          end + 1 - at_);
    return true;
  }

  // (?m: lets "." match line ends, which is (?s: in PCRE2.
  void options() {
    copy(2);
    std::size_t end = at_;
    while (end < pattern_.size() &&
           std::string_view("imx-").find(pattern_[end]) != std::string_view::npos)
      ++end;
    if (end == pattern_.size() || (pattern_[end] != ':' && pattern_[end] != ')')) return;
    for (; at_ < end; ++at_) out_ += pattern_[at_] == 'm' ? 's' : pattern_[at_];
  }

  const std::string_view pattern_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string oniguruma_to_pcre2(std::string_view pattern, const std::string& where) {
  return Translator(pattern, where).run();
}

}  // namespace trainbus
