#include "kernels/rotary.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;

BOOST_AUTO_TEST_CASE(rotary_tables_hold_the_cosines_and_sines_of_position_times_frequency) {
  std::vector<float> cosines(100 * 32), sines(100 * 32);
  fill_rotary_table(100, 64, 100000, cosines.data(), sines.data());
  for (int t = 0; t < 100; ++t)
    for (int i = 0; i < 32; ++i) {
      const double angle = t * std::pow(100000.0, -2.0 * i / 64);
      // An angle near 100 has a spacing of 7.6e-6 in float32.
      BOOST_REQUIRE_SMALL(cosines[t * 32 + i] - std::cos(angle), 1.2e-5);
      BOOST_REQUIRE_SMALL(sines[t * 32 + i] - std::sin(angle), 1.2e-5);
    }
}

BOOST_AUTO_TEST_CASE(rotary_angles_are_rounded_to_single_precision_as_in_the_original) {
  std::vector<float> frequencies(2);
  rotary_frequencies(10000, frequencies);
  BOOST_TEST(frequencies[0] == 1.0f);
  BOOST_TEST(frequencies[1] == 0.01f);
  const float frequency = 0.3f;
  std::vector<float> cosines(8000), sines(8000);
  fill_rotary_table(8000, std::span(&frequency, 1), cosines.data(), sines.data());
  const float angle = 7999 * frequency;
  BOOST_TEST(cosines[7999] == static_cast<float>(std::cos(double{angle})));
  BOOST_TEST(sines[7999] == static_cast<float>(std::sin(double{angle})));
}

BOOST_AUTO_TEST_CASE(an_odd_head_cannot_be_rotated) {
  float table[8];
  BOOST_CHECK_THROW(fill_rotary_table(1, 5, 10000, table, table), trainbus::RunError);
}
