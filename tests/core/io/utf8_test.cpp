// The implementation of UTF-8 in the SDK's header, and core/io's functions on it. The plain
// reference: a character's bytes are those that encode() gives for a code point, and no others.
#include "core/io/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <random>
#include <string>
#include <utility>

namespace trainbus::testing {
namespace {

#define FFFD "\xEF\xBF\xBD"

bool is_scalar(char32_t code) { return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF); }

// Unicode 15, table 3-6, in so many bytes, whether the code point needs them or may be written.
std::string encode(char32_t code, int length) {
  if (length == 1) return {static_cast<char>(code)};
  std::string bytes;
  for (int i = 1; i < length; ++i, code >>= 6)
    bytes.insert(bytes.begin(), static_cast<char>(0x80 | (code & 0x3F)));
  const unsigned lead = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0;
  return static_cast<char>(lead | code) + bytes;
}

std::string encode(char32_t code) {
  return encode(code, code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
}

// The character at the front, by trying what its bytes could mean.
std::optional<char32_t> reference_front(std::string_view text) {
  char32_t code = static_cast<unsigned char>(text[0]);
  if (code < 0x80) return code;
  for (std::size_t length = 2; length <= 4 && length <= text.size(); ++length) {
    code = static_cast<unsigned char>(text[0]) & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i)
      code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    if (is_scalar(code) && encode(code) == text.substr(0, length)) return code;
  }
  return std::nullopt;
}

// Whether the bytes are the beginning of some character, which may go on.
bool begins_a_character(const std::string& bytes) {
  for (const unsigned second : {0x80u, 0x90u, 0xA0u}) {  // one of them fits every lead byte
    std::string whole = bytes;
    if (whole.size() == 1) whole += static_cast<char>(second);
    while (whole.size() < 4) whole += '\x80';
    if (const auto code = reference_front(whole)) return encode(*code).size() > bytes.size();
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(every_code_point_goes_there_and_back_and_surrogates_do_not) {
  std::size_t wrong = 0;
  for (char32_t code = 0; code <= 0x110010; ++code) {
    const std::string bytes = encode(code);
    const Utf8Part part = utf8_front(bytes + "x");
    std::string appended;
    append_utf8(appended, code);
    if (is_scalar(code))
      wrong += !part.valid || part.bytes != bytes.size() || part.code != code || appended != bytes;
    else
      wrong += part.valid || part.bytes != 1 || part.code != U'\uFFFD' || appended != FFFD;
  }
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(the_borders_of_every_length_are_where_the_standard_puts_them) {
  const std::pair<char32_t, std::string> borders[] = {
      {0, std::string(1, '\0')},     {0x7F, "\x7F"},           {0x80, "\xC2\x80"},
      {0x7FF, "\xDF\xBF"},           {0x800, "\xE0\xA0\x80"},  {0xD7FF, "\xED\x9F\xBF"},
      {0xE000, "\xEE\x80\x80"},      {0xFFFF, "\xEF\xBF\xBF"}, {0x10000, "\xF0\x90\x80\x80"},
      {0x10FFFF, "\xF4\x8F\xBF\xBF"}};
  for (const auto& [code, bytes] : borders) {
    BOOST_TEST(utf8_front(bytes).valid);
    BOOST_TEST((utf8_front(bytes).code == code));
    BOOST_TEST(find_invalid_utf8(bytes + bytes) == std::string::npos);
    BOOST_TEST(replace_invalid_utf8(bytes) == bytes);
  }
}

BOOST_AUTO_TEST_CASE(overlong_forms_surrogates_and_numbers_beyond_unicode_are_no_characters) {
  std::size_t accepted = 0;
  for (char32_t code = 0; code < 0x200000; code += code < 0x10000 ? 1 : 251)
    for (int length = 2; length <= 4; ++length) {
      if (code >> (length == 2 ? 11 : length == 3 ? 16 : 21)) continue;  // does not fit
      const std::string bytes = encode(code, length);
      if (bytes != encode(code) || !is_scalar(code)) accepted += is_utf8(bytes);
    }
  BOOST_TEST(accepted == 0u);
}

BOOST_AUTO_TEST_CASE(every_character_cut_short_is_one_part_that_is_not_valid) {
  std::size_t wrong = 0;
  for (char32_t code = 0x80; code <= 0x10FFFF; code += code < 0x10000 ? 1 : 61) {
    if (!is_scalar(code)) continue;
    const std::string whole = encode(code);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      const std::string cut = whole.substr(0, length);
      for (const char* next : {"", "x", "\xC3\xA9"}) {
        const Utf8Part part = utf8_front(cut + next);
        wrong += part.valid || part.bytes != length;
        wrong += replace_invalid_utf8("a" + cut + next) != std::string("a" FFFD) + next;
      }
    }
  }
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(any_four_bytes_at_the_borders_are_what_the_reference_says) {
  constexpr unsigned char bytes[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                     0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
                                     0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  std::size_t wrong = 0;
  for (const unsigned char a : bytes)
    for (const unsigned char b : bytes)
      for (const unsigned char c : bytes)
        for (const unsigned char d : bytes) {
          const std::string text{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
                                 static_cast<char>(d)};
          const Utf8Part part = utf8_front(text);
          const auto expected = reference_front(text);
          wrong += part.valid != expected.has_value();
          if (expected) {
            wrong += part.code != *expected || part.bytes != encode(*expected).size();
            continue;
          }
          const std::string bad = text.substr(0, part.bytes);
          wrong += bad.size() > 1 && !begins_a_character(bad);
          wrong += part.bytes < 4 && begins_a_character(text.substr(0, part.bytes + 1));
        }
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(the_first_bad_byte_is_found) {
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3",
                          "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "\xFE", "\xFF"}) {
    BOOST_TEST(find_invalid_utf8(bad) == 0u);
    BOOST_TEST(find_invalid_utf8("é" + std::string(bad) + "x") == 2u);
  }
  for (const std::string& good : {std::string(), std::string("plain"), std::string("\0nul", 4)})
    BOOST_TEST(find_invalid_utf8(good) == std::string::npos);
}

// The examples of the Unicode standard, chapter 3, tables 3-9 to 3-11, and cut-off text.
BOOST_AUTO_TEST_CASE(each_maximal_part_that_is_not_valid_becomes_one_replacement) {
  BOOST_TEST(replace_invalid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82"
                                  "A") == FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A");
  BOOST_TEST(replace_invalid_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF"
                                  "A") == FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A");
  BOOST_TEST(replace_invalid_utf8("\xF4\x91\x92\x93\xFF"
                                  "A\x80\xBF"
                                  "B") == FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B");
  BOOST_TEST(replace_invalid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
                                  "A") == FFFD FFFD FFFD FFFD "A");
  BOOST_TEST(replace_invalid_utf8("x\xE2\x82") == "x" FFFD);
}

BOOST_AUTO_TEST_CASE(random_bytes_are_repaired_to_text_that_is_valid_and_stays) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 12, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 ? 0x80 + random() % 128 : random());
    const std::string repaired = replace_invalid_utf8(bytes);
    BOOST_TEST_REQUIRE(is_utf8(repaired));
    BOOST_TEST_REQUIRE(replace_invalid_utf8(repaired) == repaired);
    BOOST_TEST_REQUIRE((repaired == bytes) == is_utf8(bytes));
  }
}

BOOST_AUTO_TEST_CASE(a_boundary_is_where_a_character_begins_or_the_text_ends) {
  const std::string text = "aé€";
  const bool expected[] = {true, true, false, true, false, false, true, true};
  for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(is_utf8_boundary(text, i) == expected[i]);
}

BOOST_AUTO_TEST_CASE(a_cut_never_parts_a_character) {
  const std::string text = "aé€\U0001F389";
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t most = 0; most < 12; ++most) BOOST_TEST(utf8_cut(text, most) == expected[most]);
  BOOST_TEST(utf8_cut("", 3) == 0u);
  static_assert(utf8_cut("\xC3\xA9", 1) == 0);  // usable before a program runs
  static_assert(utf8_front("\xC3\xA9").code == U'\u00E9');
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
