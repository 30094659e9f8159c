#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "text/byte_level.hpp"
#include "text/normalizer.hpp"

namespace trainbus {
namespace {

#define FFFD "\xEF\xBF\xBD"

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(valid_text_stays_as_it_is) {
  for (const std::string& text :
       {std::string(), std::string("a\0b", 3), std::string("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80"),
        std::string("\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")})
    BOOST_TEST(replace_invalid_utf8(text) == text);
}

// The examples of the Unicode standard, chapter 3, tables 3-9 to 3-11, and cut-off text.
BOOST_AUTO_TEST_CASE(each_maximal_ill_formed_part_becomes_one_replacement) {
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

BOOST_AUTO_TEST_CASE(white_space_is_measured_at_both_ends) {
  BOOST_TEST(leading_white_space(" \t\xE3\x80\x80\xC2\xA0x ") == 7u);
  BOOST_TEST(trailing_white_space(" x\xE2\x80\x89\n") == 4u);
  BOOST_TEST(leading_white_space("x") == 0u);
  BOOST_TEST(trailing_white_space("") == 0u);
}

BOOST_AUTO_TEST_CASE(every_byte_has_its_own_character_and_back) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  BOOST_TEST(from_byte_level(to_byte_level(all)).value() == all);
  BOOST_TEST(to_byte_level(" \n~") == "\xC4\xA0\xC4\x8A~");
  for (const char* token : {" ", "\n", "\xC2\xAD", "\xC5\x84", "\xE2\x82\xAC", "\xC4", "\xC4x"})
    BOOST_TEST(!from_byte_level(token).has_value());
}

BOOST_AUTO_TEST_CASE(normalisation_composes) {
  BOOST_TEST(to_nfc("e\xCC\x81") == "\xC3\xA9");
  BOOST_TEST(to_nfc("").empty());
  BOOST_TEST(to_nfc(std::string("a\0b", 3)) == std::string("a\0b", 3));
  BOOST_TEST(to_nfc("\xE2\x84\xAB") == "\xC3\x85");  // Ångström sign
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
