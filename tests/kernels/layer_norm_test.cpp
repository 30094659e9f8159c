#include "kernels/layer_norm.hpp"

#include <boost/test/unit_test.hpp>

#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

std::vector<double> plain_layer_norm(const std::vector<float>& x, const std::vector<float>& weight,
                                     const std::vector<float>& bias, double eps) {
  const std::size_t width = weight.size();
  std::vector<double> y;
  for (std::size_t first = 0; first < x.size(); first += width) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < width; ++i) mean += x[first + i] / static_cast<double>(width);
    for (std::size_t i = 0; i < width; ++i)
      variance += std::pow(x[first + i] - mean, 2.0) / static_cast<double>(width);
    for (std::size_t i = 0; i < width; ++i)
      y.push_back((x[first + i] - mean) / std::sqrt(variance + eps) * weight[i] + bias[i]);
  }
  return y;
}

// Rows of this mean and a spread of 3.
void check(std::int64_t rows, std::int64_t width, float mean, double tolerance) {
  std::vector<float> x = numbers(rows * width, 1, 3);
  for (float& v : x) v += mean;
  const std::vector<float> weight = numbers(width, 2), bias = numbers(width, 3);
  const std::vector<double> expected = plain_layer_norm(x, weight, bias, 1e-5);
  for (const Cpu cpu : all_cpus()) {
    std::vector<float> one(x.size() + 1, -5), two = x;
    {
      const Using setting(cpu, 1);
      layer_norm(x.data(), weight.data(), bias.data(), 1e-5f, rows, width, one.data());
    }
    BOOST_TEST(one.back() == -5);
    one.pop_back();
    const Using setting(cpu, 2);
    layer_norm(two.data(), weight.data(), bias.data(), 1e-5f, rows, width, two.data());  // in place
    BOOST_TEST(relative_distance(one, expected) < tolerance, cpu << " " << rows << " x " << width);
    BOOST_TEST(one == two, boost::test_tools::per_element());
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(layer_norm_agrees_with_double_precision_on_all_instruction_sets) {
  for (const std::int64_t width : {2, 7, 15, 16, 17, 31, 33, 63, 64, 65, 384, 768, 1000})
    for (const std::int64_t rows : {1, 3, 100}) check(rows, width, 0.5f, 2e-6);
}

BOOST_AUTO_TEST_CASE(layer_norm_keeps_its_precision_beside_a_large_mean) {
  // Single precision is spaced by 6e-5 at 1000; E[x²] − mean² would lose everything.
  for (const std::int64_t width : {33, 384}) check(5, width, 1000, 2e-4);
}

BOOST_AUTO_TEST_CASE(layer_norm_of_equal_numbers_is_the_bias) {
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    for (const std::int64_t width : {1, 16, 21}) {
      const std::vector<float> x(static_cast<std::size_t>(width), 4), weight = numbers(width, 2),
                                                                      bias = numbers(width, 3);
      std::vector<float> y(x.size());
      layer_norm(x.data(), weight.data(), bias.data(), 1e-5f, 1, width, y.data());
      BOOST_TEST(y == bias, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(layer_norm_without_a_bias_is_that_with_a_bias_of_zeros) {
  const std::vector<float> x = numbers(9 * 33, 1, 3), weight = numbers(33, 2), zeros(33);
  std::vector<float> expected(x.size()), y(x.size());
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    layer_norm(x.data(), weight.data(), zeros.data(), 1e-5f, 9, 33, expected.data());
    layer_norm(x.data(), weight.data(), nullptr, 1e-5f, 9, 33, y.data());
    BOOST_TEST(y == expected, boost::test_tools::per_element());
  }
}
