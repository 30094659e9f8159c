#include "text/steps/pre_tokenizers.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "formats/refusal.hpp"
#include "text/steps/split_patterns.hpp"

namespace trainbus {
namespace {

using pre_tokenize::Behavior;
using Pieces = std::vector<std::string>;

Pieces words(const std::vector<PreTokenizerStep>& steps, std::string_view text,
             std::size_t begin = 0) {
  Words all(AlignedText(text, begin, false));
  PreTokenizers(steps, "tokenizer.json", false).apply(all);
  Pieces pieces;
  for (const ByteRange range : all.ranges) pieces.emplace_back(all.word(range));
  return pieces;
}

Pieces split(const std::vector<std::string_view>& patterns, std::string_view text) {
  std::vector<PreTokenizerStep> steps;
  for (const std::string_view pattern : patterns)
    steps.push_back(pre_tokenize::Split{{std::string(pattern), true}, Behavior::Isolated, false});
  return words(steps, text);
}

constexpr std::string_view digits = "\\p{N}";

BOOST_AUTO_TEST_SUITE(pre_tokenizers)

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
  const std::vector<std::string_view> smollm = {digits, split_pattern::gpt2};
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
  testing::check_refusal([] { split({"[a&&b]"}, ""); }, "uses && inside a class");
  testing::check_refusal([] { split({"[\\W_]"}, ""); }, "uses \\W inside a class");
  testing::check_refusal([] { split({"a{2,3}+"}, ""); }, "uses {2,3}+");
  testing::check_refusal([] { split({"\\C"}, ""); }, "cannot be compiled");
  testing::check_refusal([] { split({"(a+)+$"}, std::string(100, 'a') + "b"); },
                         "cannot split a text");
}

// What Oniguruma makes of these, in the words of Hugging Face's tokenizers.
BOOST_AUTO_TEST_CASE(patterns_mean_what_they_mean_in_oniguruma) {
  BOOST_TEST(split({" ?[^(\\s|[.,!?])]+"}, "hi (there) x.y|z [a]") ==
             (Pieces{"hi", " (", "there", ")", " x", ".", "y", "|", "z", " [a]"}));
  BOOST_TEST(split({"\\p{N}{1,3}+"}, "12345") == Pieces{"12345"});
  BOOST_TEST(split({"^a"}, "ab\nab") == (Pieces{"a", "b\n", "a", "b"}));
  BOOST_TEST(split({"\\b"}, "ab cd") == (Pieces{"ab", " ", "cd"}));
  BOOST_TEST(split({"[\\p{Letter}]+"}, "ab1cd") == (Pieces{"ab", "1", "cd"}));
}

BOOST_AUTO_TEST_CASE(matches_are_kept_dropped_or_joined_with_a_neighbour) {
  const auto at_dash = [](Behavior behavior, bool invert = false) {
    return words({pre_tokenize::Split{{"-", false}, behavior, invert}}, "The-final--countdown");
  };
  BOOST_TEST(at_dash(Behavior::Removed) == (Pieces{"The", "final", "countdown"}));
  BOOST_TEST(at_dash(Behavior::Isolated) == (Pieces{"The", "-", "final", "-", "-", "countdown"}));
  BOOST_TEST(at_dash(Behavior::MergedWithPrevious) == (Pieces{"The-", "final-", "-", "countdown"}));
  BOOST_TEST(at_dash(Behavior::MergedWithNext) == (Pieces{"The", "-final", "-", "-countdown"}));
  BOOST_TEST(at_dash(Behavior::Contiguous) == (Pieces{"The", "-", "final", "--", "countdown"}));
  BOOST_TEST(at_dash(Behavior::Removed, true) == (Pieces{"-", "-", "-"}));
}

BOOST_AUTO_TEST_CASE(characters_split_by_their_kind) {
  BOOST_TEST(words({pre_tokenize::Digits{true}}, "a12\xC2\xBD") ==
             (Pieces{"a", "1", "2", "\xC2\xBD"}));
  BOOST_TEST(words({pre_tokenize::Digits{false}}, "a12b") == (Pieces{"a", "12", "b"}));
  BOOST_TEST(words({pre_tokenize::Punctuation{}}, "a$b!?") == (Pieces{"a", "$", "b", "!", "?"}));
  BOOST_TEST(words({pre_tokenize::WhitespaceSplit{}}, " a\xE2\x80\x83z\n") == (Pieces{"a", "z"}));
  BOOST_TEST(words({pre_tokenize::Whitespace{}}, "it's  ok") == (Pieces{"it", "'", "s", "ok"}));
  BOOST_TEST(words({pre_tokenize::Delimiter{"b"}}, "abbc") == (Pieces{"a", "c"}));
}

BOOST_AUTO_TEST_CASE(marks_stand_for_blanks) {
  const std::string mark = "\xE2\x96\x81";
  const auto marked = [&](pre_tokenize::Prepend prepend, std::string_view text,
                          std::size_t begin = 0) {
    return words({pre_tokenize::Metaspace{mark, prepend, true}}, text, begin);
  };
  using pre_tokenize::Prepend;
  BOOST_TEST(marked(Prepend::Always, "ab  c") == (Pieces{mark + "ab", mark, mark + "c"}));
  BOOST_TEST(marked(Prepend::Always, " ab") == Pieces{mark + "ab"});
  BOOST_TEST(marked(Prepend::Never, "ab c") == (Pieces{"ab", mark + "c"}));
  BOOST_TEST(marked(Prepend::First, "ab") == Pieces{mark + "ab"});
  BOOST_TEST(marked(Prepend::First, "ab", 3) == Pieces{"ab"});
  BOOST_TEST(words({pre_tokenize::Metaspace{mark, Prepend::Always, false}}, "a b") ==
             Pieces{mark + "a" + mark + "b"});
}

BOOST_AUTO_TEST_CASE(bytes_become_letters_where_a_step_follows) {
  BOOST_TEST(words({pre_tokenize::ByteLevel{true, true}}, "a \xC3\xA4") ==
             (Pieces{"\xC4\xA0"
                     "a",
                     "\xC4\xA0\xC3\x83\xC2\xA4"}));
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_one_kind_is_split) {
  for (const char* character : {" ", "a", "1", "!", "\xE3\x80\x80"}) {
    std::string text;
    for (int i = 0; i < 1'000'000; ++i) text += character;
    std::size_t size = 0;
    for (const std::string& piece :
         split({digits, split_pattern::gpt2, split_pattern::llama3}, text))
      size += piece.size();
    BOOST_TEST(size == text.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
