// Sampling against its definition, written down plainly.
#include "generation/sampling.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/io/error.hpp"
#include "kernels/philox.hpp"

using namespace trainbus;

namespace {

using Logits = std::vector<float>;

Logits random_logits(std::size_t count, std::uint64_t seed, bool with_ties) {
  Logits logits;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = std::ldexp(kernels::philox_word(seed, i, 5), -29);
    logits.push_back(static_cast<float>(with_ties ? std::floor(x) : x));
  }
  return logits;
}

// Probabilities after the filters, by sorting and without sharing anything.
std::vector<double> plain_probabilities(const Logits& logits, const Sampling& s) {
  std::vector<double> p;
  for (const float x : logits) p.push_back(x / s.temperature);
  const double largest = *std::ranges::max_element(p);
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
  std::vector<bool> kept(p.size(), true);
  if (const auto k = static_cast<std::size_t>(s.top_k); k > 0 && k < p.size())
    for (std::size_t i = 0; i < p.size(); ++i) kept[i] = p[i] >= p[order[k - 1]];
  double total = 0;
  for (std::size_t i = 0; i < p.size(); ++i) total += p[i] = kept[i] ? std::exp(p[i] - largest) : 0;
  double before = 0;
  for (const std::size_t i : order) {
    const double probability = p[i] / total;
    if (s.top_p < 1 && before >= s.top_p && i != order.front()) p[i] = 0;
    before += probability;
  }
  total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& x : p) x /= total;
  return p;
}

const Sampling settings[] = {{1, 0, 1},      {0.7, 0, 1},     {2, 5, 1},        {1, 1, 1},
                             {1, 0, 0.9},    {1.3, 20, 0.8},  {0.5, 3, 0.5},    {1, 0, 0.05},
                             {1, 1000, 0.5}, {0.01, 0, 0.99}, {100, 30, 0.999}, {1, 0, 0}};

}  // namespace

BOOST_AUTO_TEST_CASE(each_token_has_the_uniforms_of_its_share) {
  for (const Sampling& s : settings)
    for (const bool ties : {false, true})
      for (const std::size_t count : {1, 2, 7, 300}) {
        const Logits logits = random_logits(count, count, ties);
        const std::vector<double> p = plain_probabilities(logits, s);
        const auto kept = std::ranges::count_if(p, [](double x) { return x > 0; });
        Sampler sampler(s);
        double sum = 0;
        for (std::size_t id = 0; id < count; ++id) {
          if (p[id] < 1e-9) continue;
          for (const double share : {0.001, 0.5, 0.999}) {
            const Choice choice = sampler.choose(logits, sum + share * p[id]);
            BOOST_TEST(choice.id == static_cast<std::int32_t>(id));
            BOOST_TEST(choice.probability == p[id], boost::test_tools::tolerance(1e-9));
            if (s.temperature > 0.1) BOOST_TEST(choice.kept == kept);
          }
          sum += p[id];
        }
        BOOST_TEST(sampler.choose(logits, 0).id >= 0);
        BOOST_TEST(
            p[static_cast<std::size_t>(sampler.choose(logits, std::nextafter(1.0, 0.0)).id)] > 0);
      }
}

BOOST_AUTO_TEST_CASE(without_temperature_the_first_of_the_largest_is_chosen) {
  Sampler greedy({});
  BOOST_TEST(greedy.choose(Logits{1, 3, 2, 3}, 0.99).id == 1);
  BOOST_TEST(greedy.choose(Logits{-2}, 0.5).id == 0);
  BOOST_TEST(greedy.choose(Logits{std::nanf(""), -5, -4}, 0).id == 2);
}

BOOST_AUTO_TEST_CASE(logits_that_are_no_numbers_are_never_chosen_or_refused) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  for (const Sampling& s : settings) {
    Sampler sampler(s);
    const Logits some = {nan, -infinity, 1, nan, 2, -infinity, 0.5f};
    for (double u = 0; u < 1; u += 1.0 / 64) {
      const std::int32_t id = sampler.choose(some, u).id;
      BOOST_TEST((id == 2 || id == 4 || id == 6));
    }
    for (const Logits& bad : {Logits{}, Logits{nan, nan}, Logits{-infinity}, Logits{1, infinity}})
      BOOST_CHECK_THROW(sampler.choose(bad, 0.5), RunError);
  }
  BOOST_CHECK_THROW(Sampler({}).choose(Logits{nan}, 0), RunError);
}

BOOST_AUTO_TEST_CASE(uniforms_are_a_pure_function_evenly_spread_and_differ_by_seed_row_and_step) {
  std::map<double, int> seen;
  double sum = 0, squares = 0;
  int count = 0;
  for (std::uint64_t seed : {0, 1, 42})
    for (std::uint32_t row = 0; row < 50; ++row)
      for (std::uint32_t step = 0; step < 100; ++step, ++count) {
        const double u = sampling_uniform(seed, row, step);
        BOOST_REQUIRE((u >= 0 && u < 1));
        BOOST_TEST(u == sampling_uniform(seed, row, step));
        ++seen[u];
        sum += u;
        squares += u * u;
      }
  BOOST_TEST(seen.size() == static_cast<std::size_t>(count));
  BOOST_TEST(std::abs(sum / count - 0.5) < 0.01);
  BOOST_TEST(std::abs(squares / count - 1.0 / 3) < 0.01);
}
