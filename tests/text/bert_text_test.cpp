#include "text/steps/bert_text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace trainbus {
namespace {

std::string normalized(std::string_view text, const normalize::Bert& rules = {}) {
  AlignedText aligned(text, 0, false);
  bert_normalize(aligned, rules);
  return std::string(aligned.text());
}

std::string words(std::string_view text) {
  std::string out;
  for (const auto [begin, end] : bert_words(text))
    out += std::string(text.substr(begin, end - begin)) + "/";
  return out;
}

BOOST_AUTO_TEST_SUITE(bert_text)

BOOST_AUTO_TEST_CASE(control_characters_go_and_white_space_becomes_blanks) {
  BOOST_TEST(normalized(std::string_view("a\0b\tc\nd\r\x7F", 9)) == "ab c d ");
  BOOST_TEST(normalized("a\xC2\xA0z\xE3\x80\x80k") == "a z k");
  BOOST_TEST(normalized("soft\xC2\xADhyphen\xEF\xBF\xBD\xEF\xBB\xBF") == "softhyphen");
  BOOST_TEST(normalized("a\x0B\x0Cz\xC2\x85") == "az");  // controls before they are white space
  normalize::Bert kept;
  kept.clean_text = false;
  BOOST_TEST(normalized("a\x0B\xC2\xADz", kept) == "a\x0B\xC2\xADz");
}

BOOST_AUTO_TEST_CASE(accents_are_dropped_and_letters_lowered) {
  BOOST_TEST(normalized("Na\xC3\xAFve CAF\xC3\x89 E\xCC\x81") == "naive cafe e");
  BOOST_TEST(normalized("\xC4\xB0stanbul \xCE\xA3\xCE\x9F\xCE\xA3") ==
             "istanbul \xCF\x83\xCE\xBF\xCF\x83");
  normalize::Bert cased;
  cased.lower_case = cased.strip_accents = false;
  BOOST_TEST(normalized("CAF\xC3\x89", cased) == "CAF\xC3\x89");
  cased.lower_case = true;  // the one letter that becomes two characters
  BOOST_TEST(normalized("\xC4\xB0\xC3\x89", cased) == "i\xCC\x87\xC3\xA9");
}

BOOST_AUTO_TEST_CASE(chinese_characters_are_words_and_kana_are_not) {
  BOOST_TEST(normalized("a\xE6\x97\xA5\xE6\x9C\xAC"
                        "b") == "a \xE6\x97\xA5  \xE6\x9C\xAC b");
  BOOST_TEST(normalized("\xE3\x81\x82\xE3\x81\x84") == "\xE3\x81\x82\xE3\x81\x84");
  normalize::Bert whole;
  whole.split_chinese = false;
  BOOST_TEST(normalized("\xE6\x97\xA5", whole) == "\xE6\x97\xA5");
}

BOOST_AUTO_TEST_CASE(punctuation_characters_are_words) {
  BOOST_TEST(words(" it's $5.00\xE2\x80\x94"
                   "ok!! ") == "it/'/s/$/5/./00/\xE2\x80\x94/ok/!/!/");
  BOOST_TEST(words("a\x0B"
                   "b\xC2\x85"
                   "c") == "a/b/c/");
  BOOST_TEST(words("").empty());
  BOOST_TEST(words(" \n ").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
