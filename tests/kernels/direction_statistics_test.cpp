// z must look like independent draws of mean 0 and variance 1. The seeds are fixed, so these cannot
// fail by chance; the bounds are five standard deviations of the statistic.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "kernels/kernels_test_support.hpp"
#include "kernels/perturb.hpp"

using namespace trainbus::kernels;

namespace {

const Distribution distributions[] = {Distribution::Rademacher, Distribution::Gaussian};
constexpr std::int64_t rows = 1000, columns = 1000;
constexpr double count = 1e6, bound = 5e-3;  // 5/sqrt(count)

std::vector<float> z(const Direction& direction, TensorId tensor) {
  std::vector<float> out(rows * columns);
  perturb(out.data(), out.data(), Shape::matrix(rows, columns), tensor, direction, 1);
  return out;
}

double moment(const std::vector<float>& x, int power) {
  double sum = 0;
  for (const float v : x) sum += std::pow(v, power);
  return sum / count;
}

double correlation(const std::vector<float>& x, const std::vector<float>& y,
                   std::size_t shift = 0) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += double{x[i]} * y[(i + shift) % y.size()];
  return sum / count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(signs_are_signs_and_balanced) {
  const std::vector<float> x = z({42, 3, 0, Distribution::Rademacher}, 1);
  BOOST_CHECK_SMALL(moment(x, 1), bound);
  for (const float v : x) BOOST_REQUIRE(v == 1 || v == -1);
}

BOOST_AUTO_TEST_CASE(normals_have_the_moments_and_tails_of_the_normal_distribution) {
  const std::vector<float> x = z({42, 3, 0, Distribution::Gaussian}, 1);
  BOOST_CHECK_SMALL(moment(x, 1), bound);
  BOOST_CHECK_SMALL(moment(x, 2) - 1, bound * std::sqrt(2.0));   // var z² = 2
  BOOST_CHECK_SMALL(moment(x, 3), bound * std::sqrt(15.0));      // var z³ = 15
  BOOST_CHECK_SMALL(moment(x, 4) - 3, bound * std::sqrt(96.0));  // var z⁴ = 105 - 9
  for (const double limit : {0.5, 1.0, 2.0, 3.0, 4.0}) {
    const double expected = std::erfc(limit / std::sqrt(2.0));
    double beyond = 0;
    for (const float v : x) beyond += std::abs(v) > limit;
    BOOST_CHECK_SMALL(beyond / count - expected, bound * std::sqrt(expected));
  }
}

BOOST_AUTO_TEST_CASE(tensors_steps_directions_and_seeds_are_independent) {
  for (const Distribution d : distributions) {
    const std::vector<float> x = z({42, 3, 0, d}, 1);
    BOOST_CHECK_SMALL(correlation(x, z({42, 3, 0, d}, 2)), bound);
    BOOST_CHECK_SMALL(correlation(x, z({42, 4, 0, d}, 1)), bound);
    BOOST_CHECK_SMALL(correlation(x, z({42, 3, 1, d}, 1)), bound);
    BOOST_CHECK_SMALL(correlation(x, z({43, 3, 0, d}, 1)), bound);
    BOOST_CHECK_SMALL(correlation(x, z({42 + (std::uint64_t{1} << 32), 3, 0, d}, 1)), bound);
  }
}

BOOST_AUTO_TEST_CASE(neighbours_in_a_tensor_are_independent) {
  for (const Distribution d : distributions) {
    const std::vector<float> x = z({42, 3, 0, d}, 1);
    for (const std::size_t shift : {1, 2, 4, 8, 16, 64, 128, 256, 1000, 8000, 16000})
      BOOST_CHECK_SMALL(correlation(x, x, shift), bound);
  }
}
