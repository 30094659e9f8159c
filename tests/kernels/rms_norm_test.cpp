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
