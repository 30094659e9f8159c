#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

#include "json_text.hpp"

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(quotes_backslashes_and_controls_are_escaped) {
  BOOST_TEST(quoted("a\"b\\c\n\t\r\x01\x1f") == "\"a\\\"b\\\\c\\n\\t\\r\\u0001\\u001f\"");
  BOOST_TEST(quoted("grüße ▌ 😀") == "\"grüße ▌ 😀\"");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_becomes_the_replacement_character) {
  const std::string mark = "\xEF\xBF\xBD";
  BOOST_TEST(quoted("a\xFF"
                    "b") == "\"a" + mark + "b\"");
  BOOST_TEST(quoted("\xC0\xAF") == "\"" + mark + mark + "\"");             // overlong
  BOOST_TEST(quoted("\xED\xA0\x80") == "\"" + mark + mark + mark + "\"");  // surrogate
  BOOST_TEST(quoted("\xF4\x90\x80\x80") == "\"" + mark + mark + mark + mark + "\"");
  BOOST_TEST(quoted("\xE2\x82") == "\"" + mark + "\"");  // cut short: one part
}

BOOST_AUTO_TEST_CASE(any_bytes_give_json_that_a_strict_reader_takes) {
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes(random() % 20, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 4 ? random() % 256 : random() % 40);
    boost::system::error_code error;
    boost::json::parse(quoted(bytes), error);
    BOOST_TEST_REQUIRE(!error);
  }
}
