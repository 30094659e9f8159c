// The losses of a population as weights of its members.
#include "../../plugins/es/shaping.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

using trainbus::es::shaped;
using trainbus::es::Shaping;
using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(shaping_test)

BOOST_AUTO_TEST_CASE(z_scores_have_mean_0_and_variance_1) {
  const Numbers numbers = shaped(Numbers{1, 2, 3, 6}, Shaping::ZScore);  // mean 3, variance 14/4
  const double deviation = std::sqrt(3.5);
  const Numbers expected = {-2 / deviation, -1 / deviation, 0, 3 / deviation};
  for (std::size_t i = 0; i < 4; ++i)
    BOOST_TEST(numbers[i] == expected[i], boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(ranks_go_evenly_from_minus_to_plus_a_half) {
  BOOST_TEST(
      shaped(Numbers{7, -1, 100, 8, 7.5}, Shaping::Rank) == (Numbers{-0.25, -0.5, 0.5, 0.25, 0}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(equal_losses_share_the_mean_of_their_ranks) {
  BOOST_TEST(shaped(Numbers{3, 1, 3, 3, 9}, Shaping::Rank) == (Numbers{0, -0.5, 0, 0, 0.5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(centred_losses_keep_their_scale) {
  BOOST_TEST(shaped(Numbers{1, 2, 6}, Shaping::Centred) == (Numbers{-2, -1, 3}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(equal_losses_move_nothing) {
  for (const Shaping shaping : {Shaping::ZScore, Shaping::Rank, Shaping::Centred})
    for (const double x : shaped(Numbers(6, 0.1), shaping)) BOOST_TEST(std::abs(x) < 1e-15);
}

BOOST_AUTO_TEST_CASE(one_loss_that_is_not_finite_makes_all_numbers_so) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Shaping shaping : {Shaping::ZScore, Shaping::Rank, Shaping::Centred})
    for (const double bad : {infinity, -infinity, std::nan("")})
      for (const double x : shaped(Numbers{1, bad, 3}, shaping)) BOOST_TEST(std::isnan(x));
}

BOOST_AUTO_TEST_SUITE_END()
