#include "text/chat/lexer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "text/unicode.hpp"

namespace trainbus::chat {
namespace {

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_name_start(char32_t c) { return unicode::is_word(c) && !is_digit(c); }

// Lines end with \n; one at the very end is taken away.
Text with_one_kind_of_line(std::string_view source) {
  const Text given = text_of(source);
  Text text;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == U'\r' && i + 1 < given.size() && given[i + 1] == U'\n') continue;
    text += given[i] == U'\r' ? U'\n' : given[i];
  }
  if (text.ends_with(U'\n')) text.pop_back();
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(with_one_kind_of_line(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) outside();
    add(Token::Type::End);
    return std::move(tokens_);
  }

 private:
  bool follows(std::u32string_view text) const {
    return std::u32string_view(source_).substr(at_, text.size()) == text;
  }
  char32_t peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : 0;
  }
  void skip(std::size_t count) {
    count = std::min(count, source_.size() - at_);
    line_ += static_cast<std::uint32_t>(
        std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                   source_.begin() + static_cast<std::ptrdiff_t>(at_ + count), U'\n'));
    at_ += count;
  }
  void skip_spaces() {
    while (at_ < source_.size() && unicode::is_space(source_[at_])) skip(1);
  }
  Token& add(Token::Type type) {
    tokens_.push_back({.type = type, .line = line_, .name = {}, .text = {}});
    return tokens_.back();
  }

  // The text up to the next tag, and the tag's beginning.
  void outside() {
    std::size_t end = at_;
    while (true) {
      end = source_.find(U'{', end);
      if (end == Text::npos || end + 1 >= source_.size()) return data(source_.size(), 0, false);
      const char32_t next = source_[end + 1];
      if (next == U'{' || next == U'%' || next == U'#') break;
      ++end;
    }
    const char32_t kind = source_[end + 1];
    const char32_t sign = end + 2 < source_.size() ? source_[end + 2] : 0;
    data(end, sign, kind != U'{');
    const std::uint32_t line = line_;
    skip(2 + (sign == U'-' || sign == U'+'));
    if (kind == U'#') return comment(line);
    if (kind == U'{') {
      add(Token::Type::VariableBegin);
      return inside(Token::Type::VariableEnd);
    }
    if (is_raw()) return raw(line);
    add(Token::Type::BlockBegin);
    inside(Token::Type::BlockEnd);
  }

  // Text up to `end`, before a tag with this sign. strips: blanks before the tag go if they begin a
  // line.
  void data(std::size_t end, char32_t sign, bool strips) {
    Text text = source_.substr(at_, end - at_);
    const std::uint32_t line = line_;
    skip(end - at_);
    if (sign == U'-') {
      while (!text.empty() && unicode::is_space(text.back())) text.pop_back();
    } else if (strips && sign != U'+') {
      const std::size_t newline = text.rfind(U'\n');
      const std::size_t begin = newline == Text::npos ? 0 : newline + 1;
      if ((begin > 0 || begins_line_) &&
          std::all_of(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
                      unicode::is_space))
        text.resize(begin);
    }
    begins_line_ = false;
    if (text.empty()) return;
    Token& token = add(Token::Type::Data);
    token.line = line;
    token.text = std::move(text);
  }

  // Behind a tag: all white space after a minus, else, of a block, one line end.
  void after_tag(bool minus, bool trims) {
    const std::size_t begin = at_;
    if (minus)
      skip_spaces();
    else if (trims && peek() == U'\n')
      skip(1);
    begins_line_ = at_ > begin && source_[at_ - 1] == U'\n';
  }

  void comment(std::uint32_t line) {
    const std::size_t end = source_.find(U"#}", at_);
    if (end == Text::npos) throw SyntaxError("a comment that begins here is never closed", line);
    const char32_t sign = end > at_ ? source_[end - 1] : 0;
    skip(end + 2 - at_);
    after_tag(sign == U'-', sign != U'+');
  }

  bool is_word_ahead(std::size_t from, std::u32string_view word) const {
    while (from < source_.size() && unicode::is_space(source_[from])) ++from;
    return std::u32string_view(source_).substr(from, word.size()) == word &&
           (from + word.size() >= source_.size() || !unicode::is_word(source_[from + word.size()]));
  }
  bool is_raw() const { return is_word_ahead(at_, U"raw"); }

  // Text as it stands, up to {% endraw %}.
  void raw(std::uint32_t line) {
    skip_spaces();
    skip(3);
    skip_spaces();
    const bool minus = peek() == U'-';
    skip(minus);
    if (!follows(U"%}")) throw SyntaxError("found text in a raw tag, expected %}", line);
    skip(2);
    if (minus) skip_spaces();
    begins_line_ = false;
    for (std::size_t end = at_;; ++end) {
      end = source_.find(U"{%", end);
      if (end == Text::npos) throw SyntaxError("a raw block that begins here has no endraw", line);
      const char32_t sign = end + 2 < source_.size() ? source_[end + 2] : 0;
      const bool signed_tag = sign == U'-' || sign == U'+';
      if (!is_word_ahead(end + 2 + signed_tag, U"endraw")) continue;
      data(end, sign, true);
      skip(2 + signed_tag);
      skip_spaces();
      skip(6);
      skip_spaces();
      const char32_t last = peek();
      skip(last == U'-' || last == U'+');
      if (!follows(U"%}")) throw SyntaxError("found text in an endraw tag, expected %}", line_);
      skip(2);
      return after_tag(last == U'-', last != U'+');
    }
  }

  // The tokens of a tag, up to its end.
  void inside(Token::Type end) {
    const std::uint32_t line = line_;
    const bool is_block = end == Token::Type::BlockEnd;
    const std::u32string_view closing = is_block ? U"%}" : U"}}";
    std::string open;  // brackets
    while (true) {
      skip_spaces();
      if (at_ >= source_.size()) throw SyntaxError("a tag that begins here is never closed", line);
      if (open.empty()) {
        const char32_t sign = peek();
        const bool is_signed = sign == U'-' || (is_block && sign == U'+');
        if (is_signed ? std::u32string_view(source_).substr(at_ + 1, 2) == closing
                      : follows(closing)) {
          add(end);
          skip(2 + is_signed);
          return after_tag(is_signed && sign == U'-', is_block && !(is_signed && sign == U'+'));
        }
      }
      token(open);
    }
  }

  void token(std::string& open) {
    const char32_t c = peek();
    if (is_digit(c)) return number();
    if (c == U'"' || c == U'\'') return string(c);
    if (is_name_start(c)) {
      const std::size_t begin = at_;
      Token& token = add(Token::Type::Name);
      while (at_ < source_.size() && unicode::is_word(source_[at_])) skip(1);
      token.name = utf8_of(std::u32string_view(source_).substr(begin, at_ - begin));
      return;
    }
    static constexpr std::array<std::u32string_view, 25> operators = {
        U"==", U"!=", U"<=", U">=", U"//", U"**", U"+", U"-", U"*", U"/", U"%", U"~", U"<",
        U">",  U"=",  U"(",  U")",  U"[",  U"]",  U"{", U"}", U":", U"|", U".", U","};
    for (const std::u32string_view sign : operators) {
      if (!follows(sign)) continue;
      const std::string name = utf8_of(sign);
      if (name == "(" || name == "[" || name == "{") open += name;
      if (name == ")" || name == "]" || name == "}") {
        const char wanted = name == ")" ? '(' : name == "]" ? '[' : '{';
        if (open.empty() || open.back() != wanted)
          throw SyntaxError("found '" + name + "' without its opening bracket", line_);
        open.pop_back();
      }
      add(Token::Type::Operator).name = name;
      return skip(sign.size());
    }
    throw SyntaxError("found '" + utf8_of(Text(1, c)) + "' in a tag", line_);
  }

  // 12, 1_000, 0x1F, 1.5, 2e3.
  void number() {
    std::string digits;
    const auto take = [&](auto accepts) {
      while (accepts(peek()) || (peek() == U'_' && accepts(peek(1)))) {
        if (peek() != U'_') digits += static_cast<char>(peek());
        skip(1);
      }
    };
    const std::uint32_t line = line_;
    const char32_t kind = peek() == U'0' ? (peek(1) | 0x20) : 0;
    const int base = kind == U'x' ? 16 : kind == U'o' ? 8 : kind == U'b' ? 2 : 10;
    bool is_real = false;
    if (base != 10) {
      skip(2);
      take([](char32_t c) { return c < 128 && std::isxdigit(static_cast<int>(c)) != 0; });
    } else {
      take(is_digit);
      if (peek() == U'.' && is_digit(peek(1))) {
        is_real = true;
        digits += '.';
        skip(1);
        take(is_digit);
      }
      const bool is_signed = peek(1) == U'+' || peek(1) == U'-';
      if ((peek() == U'e' || peek() == U'E') && is_digit(peek(1 + is_signed))) {
        is_real = true;
        digits += 'e';
        skip(1);
        if (is_signed) digits += static_cast<char>(peek());
        skip(is_signed);
        take(is_digit);
      }
    }
    Token& token = add(is_real ? Token::Type::Float : Token::Type::Integer);
    token.line = line;
    char* end = nullptr;
    errno = 0;
    if (is_real)
      token.real = std::strtod(digits.c_str(), &end);
    else
      token.integer = std::strtoll(digits.c_str(), &end, base);
    if (*end != '\0' || digits.empty() || (!is_real && errno != 0))
      throw SyntaxError("the number " + digits + " cannot be read", line);
  }

  void string(char32_t quote) {
    const std::uint32_t line = line_;
    Text text;
    skip(1);
    while (peek() != quote) {
      if (at_ >= source_.size())
        throw SyntaxError("a string that begins here is never closed", line);
      if (peek() == U'\\')
        escape(text, line);
      else {
        text += peek();
        skip(1);
      }
    }
    skip(1);
    Token& token = add(Token::Type::String);
    token.line = line;
    token.text = std::move(text);
  }

  void escape(Text& text, std::uint32_t line) {
    const char32_t c = peek(1);
    skip(2);
    constexpr std::u32string_view letters = U"ntr\\'\"abfv", meaning = U"\n\t\r\\'\"\a\b\f\v";
    if (const std::size_t known = letters.find(c); known != letters.npos) {
      text += meaning[known];
    } else if (c == U'\n') {
      // continues in the next line
    } else if (c == U'x' || c == U'u' || c == U'U') {
      code_point(text, c == U'x' ? 2 : c == U'u' ? 4 : 8, line);
    } else if (c >= U'0' && c <= U'7') {
      char32_t value = c - U'0';
      for (int i = 0; i < 2 && peek() >= U'0' && peek() <= U'7'; ++i) {
        value = value * 8 + (peek() - U'0');
        skip(1);
      }
      text += value;
    } else if (c == U'N') {
      throw SyntaxError("names of characters (\\N) are not supported", line);
    } else {
      text += {U'\\', c};
    }
  }

  void code_point(Text& text, int digits, std::uint32_t line) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const char32_t c = peek();
      if (c >= 128 || std::isxdigit(static_cast<int>(c)) == 0)
        throw SyntaxError("an escape has too few hexadecimal digits", line);
      value = value * 16 + static_cast<char32_t>(is_digit(c) ? c - U'0' : (c | 0x20) - U'a' + 10);
      skip(1);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
      throw SyntaxError("an escape stands for no character", line);
    text += value;
  }

  const Text source_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  bool begins_line_ = true;  // the text that follows
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source) { return Lexer(source).run(); }

}  // namespace trainbus::chat
