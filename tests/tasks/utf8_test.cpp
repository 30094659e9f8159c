#include "tasks/data/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using trainbus::tasks::find_invalid_utf8;
using trainbus::tasks::is_utf8_boundary;

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(well_formed_text_has_no_invalid_byte) {
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "plain"s, "\0nul"s, "\xC2\x80\xDF\xBF"s, "\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80"s,
        "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"s})
    BOOST_TEST(find_invalid_utf8(text) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_bad_byte_is_found) {
  // Stray continuation, overlong forms, surrogate, above U+10FFFF, cut characters, bytes never
  // used.
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3",
                          "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "\xFE", "\xFF"}) {
    BOOST_TEST(find_invalid_utf8(bad) == 0u);
    BOOST_TEST(find_invalid_utf8("é" + std::string(bad) + "x") == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_boundary_is_where_a_character_begins_or_the_text_ends) {
  const std::string text = "aé€";
  const bool expected[] = {true, true, false, true, false, false, true, true};
  for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(is_utf8_boundary(text, i) == expected[i]);
}

BOOST_AUTO_TEST_SUITE_END()
