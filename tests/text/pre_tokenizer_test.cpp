#include "text/pre_tokenizer.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "formats/refusal.hpp"

namespace trainbus {
namespace {

using Pieces = std::vector<std::string_view>;

Pieces split(const std::vector<std::string_view>& patterns, std::string_view text) {
  return PreTokenizer({patterns.begin(), patterns.end()}, "tokenizer.json").split(text);
}

BOOST_AUTO_TEST_SUITE(pre_tokenizer)

BOOST_AUTO_TEST_CASE(gpt2_splits_words_numbers_and_white_space) {
  const auto gpt2 = [](std::string_view text) { return split({split_pattern::gpt2}, text); };
  BOOST_TEST(gpt2("Hello  world's 12!\n\n x") ==
             (Pieces{"Hello", " ", " world", "'s", " 12", "!", "\n\n", " x"}));
  BOOST_TEST(gpt2("") == Pieces{});
  BOOST_TEST(gpt2("   ") == Pieces{"   "});
  // U+180E is no white space, U+00A0 is.
  BOOST_TEST(gpt2("a\xE1\xA0\x8E"
                  "b") == (Pieces{"a", "\xE1\xA0\x8E", "b"}));
  BOOST_TEST(gpt2("a\xC2\xA0"
                  "b") == (Pieces{"a", "\xC2\xA0", "b"}));
}

BOOST_AUTO_TEST_CASE(smollm_takes_digits_first_so_that_white_space_before_them_stays_whole) {
  const std::vector<std::string_view> smollm = {split_pattern::digits, split_pattern::gpt2};
  BOOST_TEST(split(smollm, "a  12") == (Pieces{"a", "  ", "1", "2"}));
  BOOST_TEST(split({split_pattern::gpt2}, "a  12") == (Pieces{"a", " ", " 12"}));
}

BOOST_AUTO_TEST_CASE(llama3_takes_three_digits_and_contractions_of_any_case) {
  BOOST_TEST(split({split_pattern::llama3}, "It'S 12345 (ok)\r\n") ==
             (Pieces{"It", "'S", " ", "123", "45", " (", "ok", ")\r\n"}));
}

BOOST_AUTO_TEST_CASE(what_no_pattern_matches_is_kept) {
  BOOST_TEST(split({"b+"}, "abba") == (Pieces{"a", "bb", "a"}));
  BOOST_TEST(split({"x"}, "abba") == Pieces{"abba"});
  BOOST_TEST(split({}, "a b") == Pieces{"a b"});
}

BOOST_AUTO_TEST_CASE(empty_matches_end_and_lose_nothing) {
  BOOST_TEST(split({"b*"},
                   "a\xC3\xA9"
                   "bb") == (Pieces{"a", "\xC3\xA9", "bb"}));
  BOOST_TEST(split({""}, "ab") == (Pieces{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(patterns_that_cannot_be_used_are_refused) {
  testing::check_refusal([] { split({"(a"}, ""); },
                         "tokenizer.json: the pattern \"(a\" cannot be compiled");
  testing::check_refusal([] { split({"\\w+"}, ""); }, "uses \\w");
  testing::check_refusal([] { split({"\\C"}, ""); }, "cannot be compiled");
  testing::check_refusal([] { split({"(a+)+$"}, std::string(100, 'a') + "b"); },
                         "cannot split a text");
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_one_kind_is_split) {
  for (const char* character : {" ", "a", "1", "!", "\xE3\x80\x80"}) {
    std::string text;
    for (int i = 0; i < 1'000'000; ++i) text += character;
    std::size_t size = 0;
    for (const std::string_view piece :
         split({split_pattern::digits, split_pattern::gpt2, split_pattern::llama3}, text))
      size += piece.size();
    BOOST_TEST(size == text.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
