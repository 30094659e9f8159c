#include "kernels/gated.hpp"

#include <boost/test/unit_test.hpp>

#include "kernels/activations.hpp"
#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

BOOST_AUTO_TEST_CASE(swiglu_agrees_with_double_precision_on_all_instruction_sets) {
  for (const std::int64_t width : {1, 7, 8, 15, 17, 40, 1536})
    for (const std::int64_t rows : {1, 3, 60}) {
      const std::vector<float> x = numbers(2 * rows * width, 1, 20);
      std::vector<double> expected;
      for (std::int64_t n = 0; n < rows; ++n)
        for (std::int64_t i = 0; i < width; ++i) {
          const double gate = x[2 * n * width + i], up = x[(2 * n + 1) * width + i];
          expected.push_back(gate / (1 + std::exp(-gate)) * up);
        }
      for (const Cpu cpu : all_cpus()) {
        std::vector<float> one(expected.size()), two(expected.size() + 1, -5);
        {
          const Using setting(cpu, 1);
          swiglu(x.data(), rows, width, one.data());
        }
        const Using setting(cpu, 2);
        swiglu(x.data(), rows, width, two.data());
        BOOST_TEST(two.back() == -5);
        two.pop_back();
        double worst = 0;
        for (std::size_t i = 0; i < one.size(); ++i)
          worst = std::max(worst, std::abs(one[i] / expected[i] - 1));
        BOOST_TEST(worst < 1e-6, cpu << " " << rows << " x " << width);
        BOOST_TEST(one == two, boost::test_tools::per_element());
      }
    }
}

BOOST_AUTO_TEST_CASE(swiglu_of_extreme_gates_is_zero_or_the_product) {
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    std::vector<float> x(64, 2), y(32);
    for (int i = 0; i < 32; ++i) x[i] = i % 2 ? -1e30f : 1e30f;
    swiglu(x.data(), 1, 32, y.data());
    for (int i = 0; i < 32; ++i) BOOST_TEST(y[i] == (i % 2 ? 0.0f : 2e30f));
  }
}

BOOST_AUTO_TEST_CASE(geglu_is_the_gate_s_gelu_times_the_other_half) {
  for (const std::int64_t width : {1, 7, 16, 33})
    for (const std::int64_t rows : {1, 3, 900}) {
      const std::vector<float> x = numbers(2 * rows * width, 1, 4);
      for (const bool by_tanh : {false, true})
        for (const Cpu cpu : all_cpus()) {
          const Using setting(cpu, 2);
          std::vector<float> activated = x, y(static_cast<std::size_t>(rows * width) + 1, -5);
          (by_tanh ? gelu_tanh : gelu)(x.data(), 2 * rows * width, activated.data());
          (by_tanh ? geglu_tanh : geglu)(x.data(), rows, width, y.data());
          for (std::int64_t n = 0; n < rows; ++n)
            for (std::int64_t i = 0; i < width; ++i)
              BOOST_REQUIRE(y[n * width + i] ==
                            activated[2 * n * width + i] * x[(2 * n + 1) * width + i]);
          BOOST_TEST(y.back() == -5);
        }
    }
}
