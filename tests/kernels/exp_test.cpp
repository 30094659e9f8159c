#include "kernels/simd/exp.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "kernels/simd/simd_scalar.hpp"

using namespace trainbus::kernels;

BOOST_AUTO_TEST_CASE(the_exponential_keeps_its_documented_error) {
  double worst = 0;
  for (double x = -86.5; x < 88.7; x += 0.0001) {
    const auto rounded = static_cast<float>(x);
    const double exact = std::exp(static_cast<double>(rounded));
    worst = std::max(worst, std::abs(trainbus::kernels::exp<Scalar>(rounded) / exact - 1));
  }
  BOOST_TEST_MESSAGE("largest relative error of exp: " << worst);
  BOOST_TEST(worst < 1.5e-7);
}

BOOST_AUTO_TEST_CASE(the_hyperbolic_tangent_keeps_its_documented_error_also_near_zero) {
  double worst = 0;
  const auto compare = [&](double x) {
    const auto rounded = static_cast<float>(x);
    const double exact = std::tanh(static_cast<double>(rounded));
    worst = std::max(worst, std::abs(trainbus::kernels::tanh<Scalar>(rounded) / exact - 1));
  };
  for (double x = 0.0001; x < 12; x += 0.0001) compare(x), compare(-x);
  for (double x = 0.0001; x > 1e-30; x /= 1.1) compare(x), compare(-x);
  BOOST_TEST_MESSAGE("largest relative error of tanh: " << worst);
  BOOST_TEST(worst < 4e-7);
  const float infinity = std::numeric_limits<float>::infinity();
  BOOST_TEST(trainbus::kernels::tanh<Scalar>(0) == 0);
  BOOST_TEST(trainbus::kernels::tanh<Scalar>(infinity) == 1);
  BOOST_TEST(trainbus::kernels::tanh<Scalar>(-infinity) == -1);
  BOOST_TEST(std::isnan(trainbus::kernels::tanh<Scalar>(std::nanf(""))));
}

BOOST_AUTO_TEST_CASE(the_exponential_is_total) {
  const float infinity = std::numeric_limits<float>::infinity();
  BOOST_TEST(trainbus::kernels::exp<Scalar>(0) == 1);
  BOOST_TEST(trainbus::kernels::exp<Scalar>(-86.7f) == 0);
  BOOST_TEST(trainbus::kernels::exp<Scalar>(-1e30f) == 0);
  BOOST_TEST(trainbus::kernels::exp<Scalar>(-infinity) == 0);
  BOOST_TEST(trainbus::kernels::exp<Scalar>(88.8f) == infinity);
  BOOST_TEST(trainbus::kernels::exp<Scalar>(1e30f) == infinity);
  BOOST_TEST(trainbus::kernels::exp<Scalar>(infinity) == infinity);
  BOOST_TEST(std::isnan(trainbus::kernels::exp<Scalar>(std::nanf(""))));
}
