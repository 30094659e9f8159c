#include <boost/test/unit_test.hpp>
#include <trainbus/reward_testing.hpp>

#include <string>

namespace {

double score(const std::string& answer, const std::string& words = "4") {
  const tb_reward& reward = *trainbus_reward_v1.rewards[0];
  trainbus::testing::FakeRewardHost host(reward);
  host.set("words", words);
  trainbus::testing::RewardInstance instance(reward, host);
  return instance.score({.text = answer});
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_short_sentence_is_worth_1) {
  BOOST_TEST(score("It is good.") == 1);
  BOOST_TEST(score("Is it 3.5 stars?") == 1);
  BOOST_TEST(score("Great!") == 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_worth_nothing) {
  BOOST_TEST(score("") == 0);
  BOOST_TEST(score(" \n ") == 0);
}

BOOST_AUTO_TEST_CASE(the_form_is_half_of_it) {
  BOOST_TEST(score("it is good.") == 0.5);
  BOOST_TEST(score("It is good") == 0.5);
  BOOST_TEST(score("It is. Good.") == 0.5);
}

BOOST_AUTO_TEST_CASE(more_words_are_worth_less_until_twice_as_many) {
  BOOST_TEST(score("A b c d e.") == (1 + 0.75) / 2);
  BOOST_TEST(score("A b c d e f g h.") == 0.5);
  BOOST_TEST(score("a b c d e f g h i") == 0);
  BOOST_TEST(score("A b c d e f g h.", "8") == 1);
}
