#include "../../plugins/mezo/step_length.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <vector>

#include "../../plugins/mezo/projected_gradients.hpp"
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
  rule.apply({&g, 1}, g);
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
  rule.apply({&after, 1}, after);
  BOOST_TEST(std::isfinite(after));  // what was not finite left no trace
}

BOOST_AUTO_TEST_CASE(by_their_deviation_gradients_are_divided_by_the_norm_that_belongs_to_them) {
  const mezo::Options o = options({{"step-rule", "deviation"}, {"directions", "3"}});
  mezo::StepLength rule(o);
  double g[] = {-3, 1, 2};
  rule.apply(g, 4);
  BOOST_TEST((g[0] == -0.75 && g[1] == 0.25 && g[2] == 0.5));
  rule.apply(g, NAN);  // the step will be skipped
  BOOST_TEST(g[0] == -0.75);
  double equal[] = {0, 0, 0};
  rule.apply(equal, 0);
  BOOST_TEST(equal[0] == 0);
  BOOST_TEST(length(rule, -3) == -1);  // of a single one the sign remains
  BOOST_TEST(length(rule, 3) == 1);
}

// The plain formulas, on losses that are exact in binary.
BOOST_AUTO_TEST_CASE(of_two_sides_the_gradient_is_their_difference) {
  const auto found = mezo::projected_gradients(std::vector<double>{1.5, 1, 2, 2.5},
                                               options({{"directions", "2"}, {"eps", "0.25"}}));
  BOOST_TEST((found.g == std::vector<double>{1, -1}));
  BOOST_TEST((found.plus == 1.75 && found.minus == 1.75));
  BOOST_TEST(found.norm == 1);
  const auto one = mezo::projected_gradients(std::vector<double>{1, 2}, options({{"eps", "0.25"}}));
  BOOST_TEST((one.g[0] == -2 && one.norm == -2));
}

BOOST_AUTO_TEST_CASE(of_one_side_the_gradient_is_its_distance_from_the_mean) {
  const std::map<std::string, std::string> sides{
      {"directions", "4"}, {"sides", "plus"}, {"eps", "0.25"}};
  const std::vector<double> losses{1, 2, 4, 5};
  const auto found = mezo::projected_gradients(losses, options(sides));
  double squares = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    BOOST_TEST(found.g[i] == 4.0 / 3 * (losses[i] - 3) / 0.25, boost::test_tools::tolerance(1e-14));
    squares += (losses[i] - 3) * (losses[i] - 3);
  }
  BOOST_TEST((found.plus == 3 && found.minus == 3));
  // The sample standard deviation over ε.
  BOOST_TEST(found.norm == std::sqrt(squares / 3) / 0.25, boost::test_tools::tolerance(1e-14));
  std::map<std::string, std::string> shared = sides;
  shared["shares"] = "yes";  // ε is twice as long, and the sum counts
  BOOST_TEST(mezo::projected_gradients(losses, options(shared)).norm == found.norm,
             boost::test_tools::tolerance(1e-14));
}
