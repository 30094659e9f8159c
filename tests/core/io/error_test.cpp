#include "core/io/error.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace trainbus::testing {

BOOST_AUTO_TEST_SUITE(error_test)

BOOST_AUTO_TEST_CASE(a_message_says_where_what_and_remedy_in_this_order) {
  const UsageError full("is 2, expected at most 1", "--mezo.lr", "Lower it.");
  BOOST_TEST(full.what() == std::string("--mezo.lr: is 2, expected at most 1. Lower it."));
  BOOST_TEST(RunError("broke", "", "").what() == std::string("broke"));
  BOOST_TEST(RunError("broke", "it", "").what() == std::string("it: broke"));
  BOOST_TEST(RunError("broke", "", "Mend it.").what() == std::string("broke. Mend it."));
  BOOST_TEST(RunError("broke.", "", "Mend it.").what() == std::string("broke. Mend it."));
}

BOOST_AUTO_TEST_CASE(a_message_is_one_line_whatever_it_quotes) {
  BOOST_TEST(PluginError("two\nlines\r\n", "a.so", "").what() == std::string("a.so: two lines  "));
}

BOOST_AUTO_TEST_CASE(all_errors_of_trainbus_have_one_base) {
  BOOST_CHECK_THROW(throw UsageError("a", "", ""), Error);
  BOOST_CHECK_THROW(throw PluginError("a", "", ""), Error);
  BOOST_CHECK_THROW(throw RunError("a", "", ""), Error);
}

BOOST_AUTO_TEST_CASE(a_typo_gets_the_nearest_known_name_and_another_word_none) {
  const std::vector<std::string> known = {"csv", "jsonl", "tensorboard", "progress", "lr"};
  BOOST_TEST(did_you_mean("cvs", known) == "Did you mean 'csv'?");
  BOOST_TEST(did_you_mean("tensorbord", known) == "Did you mean 'tensorboard'?");
  BOOST_TEST(did_you_mean("jsonnl", known) == "Did you mean 'jsonl'?");
  BOOST_TEST(did_you_mean("l", known) == "Did you mean 'lr'?");
  BOOST_TEST(did_you_mean("wandb", known) == "");
  BOOST_TEST(did_you_mean("xy", known) == "");
  BOOST_TEST(did_you_mean("", known) == "");
  BOOST_TEST(did_you_mean("csv", std::vector<std::string>{}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
