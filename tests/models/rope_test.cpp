// The frequencies of scaled rotary embeddings, against the formulas in double precision.
#include "models/layers/rope_frequencies.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numbers>

#include "core/io/error.hpp"

using namespace trainbus;

namespace {

constexpr std::int64_t width = 64, positions = 4096;

double plain(std::size_t i, double theta = 10000) {
  return std::pow(theta, -2.0 * static_cast<double>(i) / width);
}

// Compares with expected(i) of each pair of features.
template <class Expected>
void check(const Rope& rope, std::int64_t length, const Expected& expected) {
  const std::vector<float> found = rope_frequencies(rope, width, positions, length);
  BOOST_TEST_REQUIRE(found.size() == width / 2);
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST(found[i] == expected(i), boost::test_tools::tolerance(2e-6));
}

}  // namespace

BOOST_AUTO_TEST_CASE(linear_scaling_divides_all_frequencies) {
  check({.theta = 10000}, 1, [](std::size_t i) { return plain(i); });
  check({.theta = 10000, .kind = RopeKind::Linear, .factor = 8}, 1,
        [](std::size_t i) { return plain(i) / 8; });
}

BOOST_AUTO_TEST_CASE(dynamic_scaling_grows_the_base_with_texts_beyond_the_model_s_positions) {
  const Rope rope{.theta = 10000, .kind = RopeKind::Dynamic, .factor = 4};
  for (const std::int64_t length : {1, 4096})
    check(rope, length, [](std::size_t i) { return plain(i); });
  const double base = 10000 * std::pow(4.0 * 6144 / 4096 - 3, 64.0 / 62);
  check(rope, 6144, [&](std::size_t i) { return plain(i, base); });
  BOOST_TEST(rope_short_length(rope, positions) == positions);
}

BOOST_AUTO_TEST_CASE(llama_3_scaling_divides_long_waves_alone) {
  const Rope rope{.theta = 10000,
                  .kind = RopeKind::Llama3,
                  .factor = 8,
                  .original_positions = 1024,
                  .low_frequency_factor = 1,
                  .high_frequency_factor = 4};
  int kept = 0, divided = 0, mixed = 0;
  check(rope, 1, [&](std::size_t i) {
    const double wave = 2 * std::numbers::pi / plain(i);
    if (wave < 1024.0 / 4) return ++kept, plain(i);
    if (wave > 1024.0) return ++divided, plain(i) / 8;
    const double smooth = (1024 / wave - 1) / 3;
    return ++mixed, (1 - smooth) * plain(i) / 8 + smooth * plain(i);
  });
  BOOST_TEST((kept > 0 && divided > 0 && mixed > 0));
}

BOOST_AUTO_TEST_CASE(yarn_ramps_from_kept_to_divided_frequencies) {
  for (const bool truncate : {true, false}) {
    const Rope rope{.theta = 10000,
                    .kind = RopeKind::Yarn,
                    .factor = 4,
                    .original_positions = 2048,
                    .truncate = truncate};
    const auto feature = [](double turns) {
      return width * std::log(2048 / (turns * 2 * std::numbers::pi)) / (2 * std::log(10000.0));
    };
    const double low = truncate ? std::floor(feature(32)) : feature(32);
    const double high = truncate ? std::ceil(feature(1)) : feature(1);
    check(rope, 1, [&](std::size_t i) {
      const double stretched =
          std::min(1.0, std::max(0.0, (static_cast<double>(i) - low) / (high - low)));
      return plain(i) * (stretched / 4 + 1 - stretched);
    });
  }
}

BOOST_AUTO_TEST_CASE(longrope_has_divisors_for_short_and_for_long_texts) {
  Rope rope{.theta = 10000, .kind = RopeKind::LongRope, .original_positions = 1000};
  for (int i = 0; i < width / 2; ++i) {
    rope.short_factors.push_back(1 + 0.1 * i);
    rope.long_factors.push_back(2 + 0.3 * i);
  }
  const auto over = [](const std::vector<double>& divisors) {
    return [&divisors](std::size_t i) { return plain(i) / divisors[i]; };
  };
  check(rope, 1000, over(rope.short_factors));
  check(rope, 1001, over(rope.long_factors));
  BOOST_TEST(rope_short_length(rope, positions) == 1000);
  rope.long_factors = rope.short_factors;
  BOOST_TEST(rope_short_length(rope, positions) > positions);
  rope.short_factors.pop_back();
  BOOST_CHECK_THROW(rope_frequencies(rope, width, positions, 1), UsageError);
}

BOOST_AUTO_TEST_CASE(a_part_of_a_head_has_the_frequencies_of_a_head_of_that_width) {
  const Rope part{.theta = 10000, .partial = 0.25}, whole{.theta = 10000};
  BOOST_TEST(rope_frequencies(part, 64, 100, 1) == rope_frequencies(whole, 16, 100, 1),
             boost::test_tools::per_element());
  BOOST_TEST(rotated_features({.theta = 1, .partial = 0.4}, 80) == 32);
}
