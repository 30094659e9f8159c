#include "tasks/prompt_classification/label_words.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "tasks/letter_tokenizer.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::bytes_as_tokens;
using trainbus::testing::refusal;
using trainbus::testing::words_as_tokens;

BOOST_AUTO_TEST_SUITE(label_words)

BOOST_AUTO_TEST_CASE(words_of_one_token_each_are_marked) {
  const std::vector<Label> labels = {{"rotten", " Negative"}, {"fresh", " Positive"}};
  const LabelWords words = tokenize_label_words(labels, words_as_tokens);
  BOOST_TEST(words.single_token);
  BOOST_TEST(words.tokens[0] == words_as_tokens(" Negative"), boost::test_tools::per_element());
  BOOST_TEST(words.tokens[1] == words_as_tokens(" Positive"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_longer_word_takes_the_mark_away) {
  const std::vector<Label> labels = {{"rotten", " not good"}, {"fresh", " good"}};
  const LabelWords words = tokenize_label_words(labels, words_as_tokens);
  BOOST_TEST(!words.single_token);
  BOOST_TEST(words.tokens[0].size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_word_without_tokens_is_refused) {
  const std::vector<Label> labels = {{"a", "x"}, {"b", "\n"}};
  const TextEncoder dropping = [](std::string_view text) {
    return text == "\n" ? std::vector<std::int32_t>{} : bytes_as_tokens(text);
  };
  BOOST_TEST(refusal([&] { tokenize_label_words(labels, dropping); }) ==
             "--task.labels: the word \"\\n\" of label \"b\" has no token in this model's "
             "vocabulary. Choose "
             "another word.");
}

BOOST_AUTO_TEST_CASE(two_words_of_the_same_tokens_are_refused) {
  const std::vector<Label> labels = {{"a", "Good"}, {"b", "bad"}, {"c", "good"}};
  const TextEncoder lowering = [](std::string_view text) {
    auto ids = bytes_as_tokens(text);
    for (auto& id : ids) id |= 32;
    return ids;
  };
  BOOST_TEST(
      refusal([&] { tokenize_label_words(labels, lowering); }) ==
      "--task.labels: the words \"Good\" and \"good\" are the same tokens for this model. Choose "
      "words that differ in more than what it drops.");
}

BOOST_AUTO_TEST_SUITE_END()
