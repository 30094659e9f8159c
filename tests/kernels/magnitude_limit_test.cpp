#include "kernels/magnitude_limit.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "kernels/perturb.hpp"
#include "kernels/storage_reference.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

BOOST_AUTO_TEST_CASE(a_limit_is_the_magnitude_of_that_rank) {
  for (const std::int64_t count : {1, 2, 1000, 300001})
    for (const Format format : formats) {
      Parameters theta(format, numbers(count, 6, 0.02f));
      std::vector<float> sorted;
      for (std::size_t i = 0; i < theta.size(); ++i) sorted.push_back(std::abs(theta.seen(i)));
      std::sort(sorted.begin(), sorted.end());
      on_all_cpus([&](Cpu, int) {
        for (const double kept : {1e-9, 0.25, 0.999}) {
          const auto rank = static_cast<std::size_t>(std::ceil(kept * static_cast<double>(count)));
          BOOST_TEST(magnitude_limit(theta.stored(), count, kept) == sorted[rank - 1]);
        }
      });
    }
}

BOOST_AUTO_TEST_CASE(all_none_and_nothing_are_special) {
  const std::vector<float> theta{1, -2, 3, NAN};
  BOOST_TEST(magnitude_limit(theta.data(), 4, 1) == no_magnitude_limit);
  BOOST_TEST(magnitude_limit(theta.data(), 4, 0) == -1);
  BOOST_TEST(magnitude_limit(theta.data(), 0, 0.5) == -1);
  BOOST_TEST(magnitude_limit(theta.data(), 4, 0.75) == 3);
  BOOST_TEST(std::isnan(magnitude_limit(theta.data(), 4, 0.8)));  // keeps no more than 3
}

BOOST_AUTO_TEST_CASE(fractions_outside_0_to_1_are_refused) {
  const std::vector<float> theta(4);
  for (const double kept : {-0.1, 1.1, double{NAN}})
    BOOST_CHECK_THROW(magnitude_limit(theta.data(), 4, kept), trainbus::RunError);
}

BOOST_AUTO_TEST_CASE(a_limit_keeps_the_fraction_that_it_was_made_for) {
  const Shape shape = Shape::matrix(100, 300);
  const std::vector<float> theta = numbers(shape.elements(), 6);
  std::vector<float> out(theta.size());
  const float limit = magnitude_limit(theta.data(), shape.elements(), 0.25);
  perturb(theta.data(), out.data(), shape, 1, {1, 2}, 0.5f, limit);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    changed += out[i] != theta[i];
    BOOST_REQUIRE_EQUAL(out[i] != theta[i], std::abs(theta[i]) <= limit);
  }
  BOOST_TEST(changed == theta.size() / 4);
}
