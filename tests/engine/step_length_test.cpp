#include "../../plugins/mezo/step_length.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <vector>

#include "../../plugins/mezo/schema.hpp"

using namespace trainbus;

namespace {

mezo::Options options(const std::map<std::string, std::string>& values) {
  std::vector<Option> schema;
  for (const option::Schema& option : mezo::schema) schema.push_back(option);
  OptionValues all("mezo", schema);
  for (const auto& [name, value] : values) all.set(name, value, "test");
  return mezo::Options(all);
}

double length(mezo::StepLength& rule, double g) {
  rule.apply({&g, 1});
  return g;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plain_gradient_stays_what_it_is) {
  const mezo::Options o = options({});
  mezo::StepLength rule(o);
  BOOST_TEST(length(rule, -3.5) == -3.5);
}

BOOST_AUTO_TEST_CASE(of_a_gradient_by_sign_only_the_sign_remains) {
  const mezo::Options o = options({{"step-rule", "sign"}});
  mezo::StepLength rule(o);
  BOOST_TEST(length(rule, -3.5) == -1);
  BOOST_TEST(length(rule, 1e-30) == 1);
  BOOST_TEST(length(rule, 0) == 0);
  BOOST_TEST(std::isnan(length(rule, NAN)));
}

BOOST_AUTO_TEST_CASE(a_clipped_gradient_keeps_within_the_limit_that_was_given) {
  const mezo::Options o = options({{"step-rule", "clip"}, {"clip", "2"}});
  mezo::StepLength rule(o);
  BOOST_TEST(length(rule, -3.5) == -2);
  BOOST_TEST(length(rule, 1.5) == 1.5);
}

BOOST_AUTO_TEST_CASE(without_a_limit_the_last_hundred_gradients_give_one) {
  const mezo::Options o = options({{"step-rule", "clip"}});
  mezo::StepLength rule(o);
  for (int i = 1; i <= 10; ++i) BOOST_TEST(length(rule, -i) == -i);  // too few to judge by
  BOOST_TEST(length(rule, 100) == 9);                                // nine of 1..10 are at most 9
  for (int i = 0; i < 100; ++i) length(rule, 0.5);                   // the large ones are forgotten
  BOOST_TEST(length(rule, 100) == 0.5);
  BOOST_TEST(std::isinf(length(rule, INFINITY)));
}

BOOST_AUTO_TEST_CASE(an_adaptive_step_divides_by_the_corrected_root_mean_square) {
  const mezo::Options o = options({{"step-rule", "adaptive"}, {"beta", "0.9"}, {"delta", "0"}});
  mezo::StepLength rule(o);
  BOOST_TEST(length(rule, -4) == -1, boost::test_tools::tolerance(1e-12));
  // v = 0.9·0.1·16 + 0.1·4, corrected by 1 − 0.81
  BOOST_TEST(length(rule, 2) == 2 / std::sqrt((0.9 * 0.1 * 16 + 0.1 * 4) / 0.19),
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(std::isnan(length(rule, NAN)));
  double after = 2;
  rule.apply({&after, 1});
  BOOST_TEST(std::isfinite(after));  // what was not finite left no trace
}
