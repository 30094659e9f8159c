#include "kernels/storage.hpp"

#include <boost/test/unit_test.hpp>

#include "kernels/low_rank.hpp"
#include "kernels/perturb.hpp"
#include "kernels/storage_reference.hpp"
#include "kernels/update.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

// Every exponent with fractions around all that is rounded to (7, 10 and 15 bits), both signs; and
// what is no number.
std::vector<float> numbers_at_the_borders() {
  std::vector<std::uint32_t> fractions;
  for (const std::uint32_t unit : {1u << 16, 1u << 13, 1u << 8})
    for (const std::uint32_t multiple : {0u, 1u, 2u, 3u, (1u << 23) / unit - 1})
      for (const std::uint32_t rest : {0u, 1u, unit / 2 - 1, unit / 2, unit / 2 + 1, unit - 1})
        fractions.push_back(multiple * unit + rest);
  std::vector<float> x;
  for (std::uint32_t sign_and_exponent = 0; sign_and_exponent < 512; ++sign_and_exponent)
    for (const std::uint32_t fraction : fractions)
      x.push_back(std::bit_cast<float>(sign_and_exponent << 23 | fraction));
  for (std::uint64_t i = 0; i < 200000; ++i)
    x.push_back(std::bit_cast<float>(philox_word(5, i, 0)));
  return x;
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_are_stored_by_the_rule_on_all_instruction_sets) {
  const std::vector<float> x = numbers_at_the_borders();
  for (const Format format : formats) {
    if (format == Format::Float32) continue;
    const Parameters expected(format, x);
    on_all_cpus([&](Cpu cpu, int threads) {
      Parameters stored(format, std::vector<float>(x.size(), -5));
      store(x.data(), stored.stored(), static_cast<std::int64_t>(x.size()));
      BOOST_TEST((stored == expected), format << ", " << cpu << ", " << threads << " threads");
    });
  }
}

BOOST_AUTO_TEST_CASE(every_stored_pattern_has_its_value_on_all_instruction_sets) {
  std::vector<std::uint16_t> bits(65536);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  on_all_cpus([&](Cpu, int) {
    std::vector<float> x(bits.size());
    load({Format::Float16, bits.data()}, x.data(), 65536);
    for (std::size_t i = 0; i < bits.size(); ++i)
      BOOST_REQUIRE((std::isnan(x[i]) && std::isnan(float16_value(bits[i]))) ||
                    pattern(x[i]) == pattern(float16_value(bits[i])));
    load({Format::BFloat16, bits.data()}, x.data(), 65536);
    for (std::size_t i = 0; i < bits.size(); ++i)
      BOOST_REQUIRE(std::isnan(x[i]) || pattern(x[i]) == std::uint32_t{bits[i]} << 16);
  });
}

BOOST_AUTO_TEST_CASE(what_was_stored_is_loaded_and_stored_again_without_change) {
  const std::vector<float> x = numbers_at_the_borders();
  const auto count = static_cast<std::int64_t>(x.size());
  for (const Format format : formats) {
    Parameters first(format, x), second(format, std::vector<float>(x.size()));
    std::vector<float> loaded(x.size());
    load(first.stored(), loaded.data(), count);
    for (std::size_t i = 0; i < x.size(); ++i)
      BOOST_REQUIRE(std::isnan(x[i]) ? std::isnan(loaded[i])
                                     : pattern(loaded[i]) == pattern(first.value(i)));
    if (format == Format::Float32) continue;
    store(loaded.data(), second.stored(), count);
    BOOST_TEST((second == first), format);
  }
}

BOOST_AUTO_TEST_CASE(a_residual_carries_as_written) {
  const struct {
    std::uint32_t float32;
    int bfloat16, residual;
  } cases[] = {
      {0x3f800000, 0x3f80, 0},     // 1
      {0x3f807f00, 0x3f80, 127},   // just under the middle between two bfloat16
      {0x3f808000, 0x3f81, -128},  // in the middle: up, where bfloat16 alone would go to even
      {0x3f807f80, 0x3f81, -128},  // a tie of the master, to the even one above
      {0x3f800080, 0x3f80, 0},     // a tie of the master, to the even one below
      {0x3fffffff, 0x4000, 0},     // a carry into the exponent
      {0x7f7fff00, 0x7f80, -1},    // finite, but too large for a bfloat16
      {0x7f7fffff, 0x7f80, 0},     // rounds to infinity
      {0xff800000, 0xff80, 0},     // infinity
      {0x7fffffff, 0x7fc0, 0},     // NaN
      {0x80000000, 0x8000, 0},     // -0
      {0x00000080, 0x0000, 0},     // subnormal, a tie to even
      {0x00000180, 0x0000, 2},
  };
  on_all_cpus([&](Cpu, int) {
    for (const auto& c : cases) {
      std::uint16_t high = 0;
      std::int8_t residual = 0;
      const auto x = std::bit_cast<float>(c.float32);
      store(&x, {Format::BFloat16Residual, &high, &residual}, 1);
      BOOST_TEST(high == c.bfloat16);
      BOOST_TEST(int{residual} == c.residual);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_split_number_is_the_float32_itself) {
  const std::vector<float> x = numbers_at_the_borders();
  Parameters split(Format::BFloat16Split, std::vector<float>(x.size()));
  std::vector<float> loaded(x.size());
  store(x.data(), split.stored(), static_cast<std::int64_t>(x.size()));
  load(split.stored(), loaded.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i)
    BOOST_REQUIRE(std::isnan(x[i]) ? std::isnan(loaded[i]) : pattern(loaded[i]) == pattern(x[i]));
}

BOOST_AUTO_TEST_CASE(forward_passes_see_the_bfloat16_of_a_master) {
  std::uint16_t high[2] = {0x3f80, 0x4000};
  std::int8_t residual[2] = {100, -100};
  const Stored master{Format::BFloat16Residual, high, residual};
  float seen[2], value[2];
  load(forward_part(master), seen, 2);
  load(master, value, 2);
  BOOST_TEST(seen[0] == 1.0f);
  BOOST_TEST(seen[1] == 2.0f);
  BOOST_TEST(value[0] == 1 + 100 * 0x1p-15f);
  BOOST_TEST(value[1] == 2 - 100 * 0x1p-15f);
}

BOOST_AUTO_TEST_CASE(formats_have_their_sizes) {
  BOOST_TEST(bytes_per_parameter(Format::Float32) == 4);
  BOOST_TEST(bytes_per_parameter(Format::BFloat16) == 2);
  BOOST_TEST(bytes_per_parameter(Format::Float16) == 2);
  BOOST_TEST(bytes_per_parameter(Format::BFloat16Residual) == 3);
  BOOST_TEST(bytes_per_parameter(Format::BFloat16Split) == 4);
}

namespace {

// The part of many small updates that arrives: the projection of the way that the parameters went
// on the way that they should have gone, 1 for exact arithmetic. 3000 updates of root mean square
// 2e-6 on parameters from N(0, 0.02²); as in training, the projected gradient varies.
double retained(Format format, Distribution distribution) {
  constexpr std::int64_t count = 20000;
  constexpr std::uint32_t steps = 3000;
  const Shape shape = Shape::vector(count);
  const auto n = static_cast<std::size_t>(count);
  std::vector<float> start(n), end(n), z(n), projected_gradients(steps);
  perturb(z.data(), start.data(), shape, 1, {1, 0, 0, Distribution::Gaussian}, 0.02f);
  fill_normals({3, 0, 0}, 1, steps, projected_gradients.data());
  Parameters theta(format, start);
  load(theta.stored(), start.data(), count);
  std::vector<double> ideal(n);
  for (std::uint32_t step = 0; step < steps; ++step) {
    const Direction direction{2, step, 0, distribution};
    const float coefficient = 2e-6f * projected_gradients[step];
    update(theta.stored(), shape, 1, direction, coefficient, 0);
    z.assign(n, 0);
    perturb(z.data(), z.data(), shape, 1, direction, 1);
    for (std::size_t i = 0; i < n; ++i) ideal[i] -= double{coefficient} * z[i];
  }
  load(theta.stored(), end.data(), count);
  double along = 0, squared = 0;
  for (std::size_t i = 0; i < n; ++i) {
    along += ideal[i] * (double{end[i]} - start[i]);
    squared += ideal[i] * ideal[i];
  }
  return along / squared;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_residual_keeps_small_updates_that_bfloat16_alone_loses) {
  for (const Distribution distribution : distributions) {
    const double kept = retained(Format::BFloat16Residual, distribution),
                 lossy = retained(Format::BFloat16, distribution);
    BOOST_TEST_MESSAGE("retained of updates of 2e-6, " << distribution << ": bfloat16 + residual "
                                                       << kept << ", bfloat16 " << lossy);
    BOOST_TEST(kept >= 0.99);
    BOOST_TEST(kept <= 1.01);
    BOOST_TEST(lossy < 0.2);
    BOOST_TEST(retained(Format::Float32, distribution) == 1, boost::test_tools::tolerance(1e-3));
  }
}
