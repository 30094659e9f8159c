#include "tasks/prompt_classification/prompt_tokens.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tasks/letter_tokenizer.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::bytes_as_tokens;
using trainbus::testing::refusal;
using trainbus::testing::words_as_tokens;

namespace {

Example example_of(const std::string& before, const std::string& text, const std::string& after) {
  return {before + text + after,
          before.size(),
          text.size(),
          0,
          7,
          std::make_shared<const std::string>("t.csv")};
}

// The prompt that bytes_as_tokens saw.
std::string cut_to(const Example& example, std::size_t max_tokens) {
  bool truncated = false;
  const auto ids = tokenize_prompt(example, bytes_as_tokens, max_tokens, truncated);
  BOOST_TEST(truncated == (example.prompt.size() > max_tokens));
  return {ids.begin(), ids.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prompt_tokens)

BOOST_AUTO_TEST_CASE(a_prompt_that_fits_is_left_alone) {
  const Example example = example_of("R: ", "a good film", "\nS:");
  BOOST_TEST(cut_to(example, 17) == "R: a good film\nS:");
  BOOST_TEST(cut_to(example, 1000) == "R: a good film\nS:");
}

BOOST_AUTO_TEST_CASE(a_long_text_loses_its_end_and_the_template_stays_whole) {
  const Example example = example_of("R: ", "a good film", "\nS:");
  BOOST_TEST(cut_to(example, 16) == "R: a good fil\nS:");
  BOOST_TEST(cut_to(example, 13) == "R: a good\nS:");  // no blank is left hanging
  BOOST_TEST(cut_to(example, 12) == "R: a good\nS:");
  BOOST_TEST(cut_to(example, 7) == "R: a\nS:");
  BOOST_TEST(cut_to(example, 6) == "R: \nS:");
}

BOOST_AUTO_TEST_CASE(a_character_is_never_cut_in_two) {
  const Example example = example_of("", "é€😀", "!");
  BOOST_TEST(cut_to(example, 9) == "é€!");
  BOOST_TEST(cut_to(example, 6) == "é€!");
  BOOST_TEST(cut_to(example, 5) == "é!");
  BOOST_TEST(cut_to(example, 2) == "!");
}

BOOST_AUTO_TEST_CASE(tokens_are_those_of_the_whole_shortened_prompt) {
  const Example example = example_of("Review:", " one two three four", "\nSentiment:");
  bool truncated = false;
  const auto ids = tokenize_prompt(example, words_as_tokens, 7, truncated);
  BOOST_TEST(truncated);
  BOOST_TEST(ids == words_as_tokens("Review: one two\nSentiment:"),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_template_that_is_too_long_by_itself_is_refused_with_the_line) {
  bool truncated = false;
  BOOST_TEST(refusal([&] {
               tokenize_prompt(example_of("R: ", "text", "\nS:"), bytes_as_tokens, 5, truncated);
             }) ==
             "--task.template: without its text the prompt of t.csv:7 has 6 tokens already; it may "
             "have 5. "
             "Shorten the template or raise the limit.");
}

BOOST_AUTO_TEST_CASE(all_prompts_are_packed_and_the_truncated_ones_counted) {
  const std::vector<Example> examples = {example_of("", "abc", ":"), example_of("", "abcdef", ":"),
                                         example_of("", "x", ":")};
  const TokenizedPrompts prompts = tokenize_prompts(examples, bytes_as_tokens, 5);
  BOOST_TEST(prompts.size() == 3u);
  BOOST_TEST(prompts.truncated == 1u);
  const std::vector<std::uint32_t> lengths = {4, 5, 2};
  BOOST_TEST(prompts.lengths == lengths, boost::test_tools::per_element());
  const auto second = prompts.prompt(1);
  BOOST_TEST(std::string(second.begin(), second.end()) == "abcd:");
  const auto third = prompts.prompt(2);
  BOOST_TEST(std::string(third.begin(), third.end()) == "x:");
}

BOOST_AUTO_TEST_CASE(a_prompt_without_tokens_is_refused) {
  const std::vector<Example> examples = {example_of("", "abc", "")};
  const TextEncoder nothing = [](std::string_view) { return std::vector<std::int32_t>{}; };
  BOOST_TEST(refusal([&] { tokenize_prompts(examples, nothing, 5); }) ==
             "--task.template: the prompt of t.csv:7 has no tokens. Put words into the template.");
}

BOOST_AUTO_TEST_SUITE_END()
