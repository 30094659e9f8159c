#include "kernels/rms_norm.hpp"

#include <boost/test/unit_test.hpp>

#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

BOOST_AUTO_TEST_CASE(rms_norm_agrees_with_double_precision_on_all_instruction_sets) {
  for (const std::int64_t width : {1, 7, 15, 16, 17, 31, 33, 64, 576, 1000})
    for (const std::int64_t rows : {1, 3, 100}) {
      const std::vector<float> x = numbers(rows * width, 1, 3), weight = numbers(width, 2);
      std::vector<double> expected;
      for (std::int64_t n = 0; n < rows; ++n) {
        double squares = 0;
        for (std::int64_t i = 0; i < width; ++i) squares += std::pow(x[n * width + i], 2.0);
        for (std::int64_t i = 0; i < width; ++i)
          expected.push_back(x[n * width + i] / std::sqrt(squares / width + 1e-5) * weight[i]);
      }
      for (const Cpu cpu : all_cpus()) {
        std::vector<float> one(x.size()), two = x;
        {
          const Using setting(cpu, 1);
          rms_norm(x.data(), weight.data(), 1e-5f, rows, width, one.data());
        }
        const Using setting(cpu, 2);
        rms_norm(two.data(), weight.data(), 1e-5f, rows, width, two.data());  // in place
        BOOST_TEST(relative_distance(one, expected) < 1e-6, cpu << " " << rows << " x " << width);
        BOOST_TEST(one == two, boost::test_tools::per_element());
      }
    }
}

BOOST_AUTO_TEST_CASE(rms_norm_of_weights_stored_less_one_is_that_of_the_weights) {
  const std::vector<float> x = numbers(7 * 33, 1, 3), less = numbers(33, 2);
  std::vector<float> weight = less, expected(x.size()), y(x.size());
  for (float& w : weight) w += 1;
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    rms_norm(x.data(), weight.data(), 1e-6f, 7, 33, expected.data());
    rms_norm(x.data(), less.data(), 1e-6f, 7, 33, y.data(), 1);
    BOOST_TEST(y == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(heads_are_normed_each_by_itself_where_they_lie) {
  for (const std::int64_t width : {2, 16, 24, 33}) {
    constexpr std::int64_t tokens = 700, heads = 3, before = 5;
    const std::int64_t stride = before + heads * width + 7;
    const std::vector<float> x = numbers(tokens * stride, 1, 3), weight = numbers(width, 2);
    for (const Cpu cpu : all_cpus()) {
      const Using setting(cpu, 2);
      std::vector<float> expected = x, y = x;
      for (std::int64_t n = 0; n < tokens; ++n) {
        float* first = expected.data() + n * stride + before;
        rms_norm(first, weight.data(), 1e-6f, heads, width, first);
      }
      rms_norm_heads(y.data() + before, tokens, stride, heads, width, weight.data(), 1e-6f);
      BOOST_TEST(y == expected, boost::test_tools::per_element());
    }
  }
}
