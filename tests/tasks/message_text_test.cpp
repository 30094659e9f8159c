#include "tasks/data/message_text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace trainbus::tasks;

BOOST_AUTO_TEST_SUITE(message_text)

BOOST_AUTO_TEST_CASE(a_quoted_value_stays_on_one_line) {
  BOOST_TEST(quote("a\nb\tc\"d\\e\x01") == R"("a\nb\tc\"d\\e\x01")");
}

BOOST_AUTO_TEST_CASE(a_long_value_is_cut_between_characters) {
  BOOST_TEST(quote("abcdef", 6) == "\"abcdef\"");
  BOOST_TEST(quote("abcdef", 5) == "\"abcde…\"");
  BOOST_TEST(quote("abcdé", 5) == "\"abcd…\"");
}

BOOST_AUTO_TEST_CASE(a_list_says_how_many_more_there_are) {
  const std::vector<std::string> values = {"a", "b", "c"};
  BOOST_TEST(quote_list(values) == R"("a", "b", "c")");
  BOOST_TEST(quote_list(values, 2) == R"("a", "b" and 1 more)");
}

BOOST_AUTO_TEST_CASE(numbers_are_grouped_by_thousands) {
  BOOST_TEST(thousands(0) == "0");
  BOOST_TEST(thousands(999) == "999");
  BOOST_TEST(thousands(1000) == "1,000");
  BOOST_TEST(thousands(1234567) == "1,234,567");
  BOOST_TEST(counted(1, "row") == "1 row");
  BOOST_TEST(counted(12000, "row") == "12,000 rows");
}

BOOST_AUTO_TEST_CASE(trimming_drops_white_space_at_both_ends_only) {
  BOOST_TEST(trimmed(" \t a b\r\n\v\f") == "a b");
  BOOST_TEST(trimmed(" \n ") == "");
  BOOST_TEST(trimmed("\xC2\xA0x") == "\xC2\xA0x");  // a no-break space is a character like others
}

BOOST_AUTO_TEST_SUITE_END()
