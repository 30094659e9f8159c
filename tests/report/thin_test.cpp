#include "report/thin.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <limits>

namespace trainbus::testing {
namespace {

using report::Series;
using report::thin;
using report::Thinned;

Series wave(std::size_t size) {
  Series series;
  std::uint32_t state = 12345;  // a fixed sequence of Numerical Recipes' generator
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1664525u + 1013904223u;
    series.step.push_back(static_cast<double>(i + 1));
    series.value.push_back(state / 4294967296.0);
  }
  return series;
}

bool keeps(const Thinned& thinned, std::size_t index) {
  return std::ranges::binary_search(thinned.kept, index);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(thinning)

BOOST_AUTO_TEST_CASE(what_fits_is_kept_whole) {
  for (const std::size_t size : {0u, 1u, 99u, 100u}) {
    const Thinned thinned = thin(wave(size), 100);
    BOOST_TEST(thinned.kept.size() == size);
    BOOST_TEST(thinned.means.empty());
  }
}

BOOST_AUTO_TEST_CASE(ends_and_extremes_survive_wherever_they_are) {
  for (const std::size_t size : {101u, 1000u, 99991u})
    for (const std::size_t peak : {std::size_t{0}, std::size_t{50}, size / 2, size - 1}) {
      Series series = wave(size);
      series.value[peak] = 1e9;
      series.value[size / 3] = -1e9;
      const Thinned thinned = thin(series, 100);
      BOOST_TEST(thinned.kept.size() <= 100u);
      BOOST_TEST(keeps(thinned, 0));
      BOOST_TEST(keeps(thinned, size - 1));
      BOOST_TEST(keeps(thinned, peak));
      BOOST_TEST(keeps(thinned, size / 3));
      const auto falls = std::ranges::adjacent_find(thinned.kept, std::greater_equal());
      BOOST_CHECK(falls == thinned.kept.end());
    }
}

BOOST_AUTO_TEST_CASE(a_single_value_that_is_not_finite_survives) {
  Series series = wave(5000);
  series.value[3210] = std::numeric_limits<double>::quiet_NaN();
  const Thinned thinned = thin(series, 100);
  BOOST_TEST(keeps(thinned, 3210));
  BOOST_TEST(thinned.kept.size() <= 100u);
}

BOOST_AUTO_TEST_CASE(the_means_weigh_every_finite_value_once) {
  Series series = wave(7777);
  series.value[5] = std::numeric_limits<double>::infinity();
  const Thinned thinned = thin(series, 100);
  double sum = 0, expected = 0;
  std::size_t count = 0;
  for (const report::Mean& mean : thinned.means) {
    sum += mean.value * static_cast<double>(mean.count);
    count += mean.count;
  }
  for (const double value : series.value)
    if (value < 2) expected += value;
  BOOST_TEST(count == 7776u);
  BOOST_TEST(sum == expected, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(thinned.means.back().step == 7777);
}

BOOST_AUTO_TEST_CASE(a_series_without_any_finite_value_is_no_trouble) {
  Series series = wave(500);
  std::ranges::fill(series.value, std::numeric_limits<double>::quiet_NaN());
  const Thinned thinned = thin(series, 100);
  BOOST_TEST(thinned.means.empty());
  BOOST_TEST(keeps(thinned, 499));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
