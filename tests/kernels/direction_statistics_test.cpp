// z must look like independent draws of mean 0 and variance 1. 10^8 values of each distribution are
// looked at. The seeds are fixed, so these tests cannot fail by chance; were they drawn, the bounds
// are six standard errors: 6·sqrt(variance of the averaged quantity / how many are averaged).
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>

#include "kernels/perturb.hpp"
#include "kernels/storage_reference.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

constexpr std::int64_t rows = 1000, columns = 1000;
constexpr int chunks = 100;
constexpr double count = 1e6;

double bound(double variance, double values) { return 6 * std::sqrt(variance / values); }

void draw(const Direction& direction, TensorId tensor, std::vector<float>& z) {
  z.assign(rows * columns, 0);
  perturb(z.data(), z.data(), Shape::matrix(rows, columns), tensor, direction, 1);
}

std::vector<float> drawn(const Direction& direction, TensorId tensor) {
  std::vector<float> z;
  draw(direction, tensor, z);
  return z;
}

// Sums of floats, short ones, in several lanes, so that the compiler uses vectors; added up in
// double precision.
template <class Value>
double sum(std::size_t size, const Value& value) {
  constexpr std::size_t lanes = 16, batch = 16 * lanes;
  double total = 0;
  std::size_t i = 0;
  for (; i + batch <= size; i += batch) {
    float sums[lanes] = {};
    for (std::size_t j = i; j < i + batch; j += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += value(j + lane);
    for (const float s : sums) total += s;
  }
  for (; i < size; ++i) total += value(i);
  return total;
}

double product_sum(const std::vector<float>& x, const std::vector<float>& y,
                   std::size_t shift = 0) {
  return sum(x.size() - shift, [&](std::size_t i) { return x[i + shift] * y[i]; });
}

// The even moments 2, 4, 6, 8 of a distribution.
struct Moments {
  double m2, m4, m6, m8;
};
const std::map<Distribution, Moments> exact{
    {Distribution::Rademacher, {1, 1, 1, 1}},
    {Distribution::Gaussian, {1, 3, 15, 105}},
    {Distribution::Binomial, {1, 2.875, 13.1875, 80.98046875}},
};

}  // namespace

// All chunks are of one tensor and seed, step after step. A neighbour is the next in a row, in a
// column, and at distances at which the generators' blocks repeat.
BOOST_AUTO_TEST_CASE(moments_and_neighbours_of_10_to_the_8_values_are_those_of_independent_draws) {
  const std::size_t shifts[] = {1, 2, 4, 8, 16, 128, 256, 1000, 1001, 16000};
  for (const Distribution distribution : distributions) {
    double sums[5] = {};
    double same_step_sums[std::size(shifts)] = {}, next_step_sum = 0;
    std::vector<float> z, previous;
    for (std::uint32_t step = 0; step < chunks; ++step) {
      std::swap(z, previous);
      draw({42, step, 0, distribution}, 1, z);
      sums[1] += sum(z.size(), [&](std::size_t i) { return z[i]; });
      sums[2] += product_sum(z, z);
      sums[3] += sum(z.size(), [&](std::size_t i) { return z[i] * z[i] * z[i]; });
      sums[4] += sum(z.size(), [&](std::size_t i) { return z[i] * z[i] * (z[i] * z[i]); });
      for (std::size_t s = 0; s < std::size(shifts); ++s)
        same_step_sums[s] += product_sum(z, z, shifts[s]);
      if (step > 0) next_step_sum += product_sum(z, previous);
    }
    constexpr double n = chunks * count;
    const Moments m = exact.at(distribution);
    BOOST_TEST_CONTEXT(distribution) {
      BOOST_CHECK_SMALL(sums[1] / n, bound(m.m2, n));
      BOOST_CHECK_SMALL(sums[2] / n - 1, bound(m.m4 - 1, n) + 1e-12);
      BOOST_CHECK_SMALL(sums[3] / n, bound(m.m6, n));
      BOOST_CHECK_SMALL(sums[4] / n - m.m4, bound(m.m8 - m.m4 * m.m4, n) + 1e-12);  // kurtosis
      for (std::size_t s = 0; s < std::size(shifts); ++s)
        BOOST_TEST_CONTEXT("shift " << shifts[s]) {
          const double pairs = chunks * (count - static_cast<double>(shifts[s]));
          BOOST_CHECK_SMALL(same_step_sums[s] / pairs, bound(1, pairs));
        }
      BOOST_CHECK_SMALL(next_step_sum / (n - count), bound(1, n - count));
    }
  }
}

// In single bits of the counter and the key, and in many at a time.
BOOST_AUTO_TEST_CASE(tensors_steps_directions_and_seeds_are_independent) {
  for (const Distribution d : distributions) BOOST_TEST_CONTEXT(d) {
      const std::vector<float> x = drawn({42, 3, 0, d}, 1);
      const auto check = [&](const Direction& direction, TensorId tensor) {
        BOOST_CHECK_SMALL(product_sum(x, drawn(direction, tensor)) / count, bound(1, count));
      };
      for (const TensorId tensor : {0, 2, 3, 257, 32769}) check({42, 3, 0, d}, tensor);
      for (const std::uint32_t step : {0u, 1u, 2u, 4u, 65539u, 0x80000003u})
        check({42, step, 0, d}, 1);
      for (const std::uint16_t direction : {1, 2, 3, 4, 256, 32768})
        check({42, 3, direction, d}, 1);
      for (const std::uint64_t seed : {0ull, 1ull, 43ull, 40ull, 42ull + (1ull << 32), ~0ull})
        check({seed, 3, 0, d}, 1);
      check({42, 1, 0, d}, 3);  // tensor and step exchanged
    }
}

BOOST_AUTO_TEST_CASE(signs_are_signs) {
  for (const float v : drawn({42, 3, 0, Distribution::Rademacher}, 1))
    BOOST_REQUIRE(v == 1 || v == -1);
}

BOOST_AUTO_TEST_CASE(normals_have_the_tails_of_the_normal_distribution) {
  constexpr int tensors = 10;
  const double limits[] = {0.5, 1, 2, 3, 4, 5};
  double beyond[std::size(limits)] = {};
  for (TensorId tensor = 0; tensor < tensors; ++tensor) {
    const std::vector<float> z = drawn({42, 3, 0, Distribution::Gaussian}, tensor);
    for (std::size_t l = 0; l < std::size(limits); ++l)
      beyond[l] +=
          sum(z.size(), [&](std::size_t i) { return std::abs(z[i]) > limits[l] ? 1.0f : 0.0f; });
  }
  for (std::size_t l = 0; l < std::size(limits); ++l) {
    const double expected = std::erfc(limits[l] / std::sqrt(2.0)), n = tensors * count;
    BOOST_CHECK_SMALL(beyond[l] / n - expected, bound(expected * (1 - expected), n));
  }
}

BOOST_AUTO_TEST_CASE(binomial_values_come_as_often_as_16_coins_show_so_many_heads) {
  constexpr int tensors = 10;
  double seen[17] = {};
  for (TensorId tensor = 0; tensor < tensors; ++tensor)
    for (const float v : drawn({42, 3, 0, Distribution::Binomial}, tensor))
      ++seen[static_cast<int>(2 * v + 8)];
  double ways = 1;
  for (int heads = 0; heads <= 16; ++heads) {
    const double expected = ways / 65536, n = tensors * count;
    BOOST_CHECK_SMALL(seen[heads] / n - expected, bound(expected * (1 - expected), n));
    ways = ways * (16 - heads) / (heads + 1);
  }
}
