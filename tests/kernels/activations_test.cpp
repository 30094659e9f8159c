#include "kernels/activations.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

using Kernel = void (*)(const float*, std::int64_t, float*);

double plain_gelu(double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }
double plain_gelu_tanh(double x) {
  const double u = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
  return x / (1 + std::exp(-2 * u));  // = x/2·(1 + tanh u), without the difference
}

// Every 2^-12 within ±14 where the functions bend, then outwards by steps of 1 %.
std::vector<float> dense_grid() {
  std::vector<float> x;
  for (int i = -14 * 4096; i <= 14 * 4096; ++i) x.push_back(static_cast<float>(i) / 4096);
  for (float magnitude = 14; magnitude < 1e38f; magnitude *= 1.01f) {
    x.push_back(magnitude);
    x.push_back(-magnitude);
  }
  for (float magnitude = 1e-3f; magnitude > 1e-37f; magnitude /= 1.1f) {
    x.push_back(magnitude);
    x.push_back(-magnitude);
  }
  return x;
}

struct Errors {
  double to_argument = 0;  // largest |error| / |x|
  double to_result = 0;    // largest |error| / |result| for x > -5
};

Errors errors_of(Kernel kernel, double (*exact)(double)) {
  const std::vector<float> x = dense_grid();
  std::vector<float> y(x.size());
  kernel(x.data(), static_cast<std::int64_t>(x.size()), y.data());
  Errors worst;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = exact(x[i]), error = std::abs(y[i] - expected);
    if (x[i] == 0) {
      BOOST_TEST(y[i] == 0);
      continue;
    }
    worst.to_argument = std::max(worst.to_argument, error / std::abs(x[i]));
    if (x[i] > -5) worst.to_result = std::max(worst.to_result, error / std::abs(expected));
  }
  return worst;
}

}  // namespace

BOOST_AUTO_TEST_CASE(gelu_keeps_its_documented_error) {
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    const Errors worst = errors_of(gelu, plain_gelu);
    BOOST_TEST_MESSAGE(cpu << ": gelu's error is at most " << worst.to_argument << "·|x|, "
                           << worst.to_result << " of the result");
    BOOST_TEST(worst.to_argument < 1.5e-7);
    BOOST_TEST(worst.to_result < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(the_tanh_form_of_gelu_keeps_its_documented_error) {
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    const Errors worst = errors_of(gelu_tanh, plain_gelu_tanh);
    BOOST_TEST_MESSAGE(cpu << ": gelu_tanh's error is at most " << worst.to_argument << "·|x|");
    BOOST_TEST(worst.to_argument < 2e-7);
  }
}

BOOST_AUTO_TEST_CASE(silu_and_soft_caps_keep_their_documented_errors) {
  const std::vector<float> x = numbers(100'003, 7, 12);
  std::vector<float> y(x.size());
  const auto worst = [&](auto&& exact) {
    double error = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      error = std::max(error, std::abs(y[i] / exact(static_cast<double>(x[i])) - 1));
    return error;
  };
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    silu(x.data(), static_cast<std::int64_t>(x.size()), y.data());
    BOOST_TEST(worst([](double v) { return v / (1 + std::exp(-v)); }) < 1e-6, cpu);
    for (const float cap : {0.5f, 3.0f, 30.0f}) {
      y = x;
      softcap(y.data(), static_cast<std::int64_t>(y.size()), cap, y.data());
      BOOST_TEST(worst([cap](double v) { return cap * std::tanh(v / cap); }) < 1e-6, cpu);
    }
  }
}

BOOST_AUTO_TEST_CASE(relu_is_exact) {
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    const std::vector<float> x = dense_grid();
    std::vector<float> y(x.size());
    relu(x.data(), static_cast<std::int64_t>(x.size()), y.data());
    bool exact = true;
    for (std::size_t i = 0; i < x.size(); ++i) exact = exact && y[i] == (x[i] > 0 ? x[i] : 0);
    BOOST_TEST(exact);
  }
}

BOOST_AUTO_TEST_CASE(activations_work_in_place_on_any_count_and_number_of_threads) {
  for (const Kernel kernel : {gelu, gelu_tanh, relu})
    for (const std::int64_t count : {0, 1, 7, 8, 15, 16, 17, 33, 16384, 16385, 50000})
      for (const Cpu cpu : all_cpus()) {
        const std::vector<float> x = numbers(count, 1, 6);
        std::vector<float> apart(x.size()), in_place = x;
        in_place.push_back(-5);
        {
          const Using setting(cpu, 1);
          kernel(x.data(), count, apart.data());
        }
        const Using setting(cpu, 2);
        kernel(in_place.data(), count, in_place.data());
        BOOST_TEST(in_place.back() == -5);
        in_place.pop_back();
        BOOST_TEST((apart == in_place), cpu << ", " << count);
      }
}

BOOST_AUTO_TEST_CASE(activations_are_total) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Cpu cpu : all_cpus()) {
    const Using setting(cpu);
    for (const Kernel kernel : {gelu, gelu_tanh, relu}) {
      std::vector<float> x(32, std::nanf("")), y(32);
      x[0] = infinity;
      x[1] = -1e30f;
      x[2] = 1e30f;
      kernel(x.data(), 32, y.data());
      BOOST_TEST(y[0] == infinity);
      BOOST_TEST(y[1] == 0);
      BOOST_TEST(y[2] == 1e30f);
      for (std::size_t i = 3; i < y.size(); ++i) BOOST_TEST(std::isnan(y[i]));
    }
  }
}
