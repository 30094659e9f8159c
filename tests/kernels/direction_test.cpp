// z as a file format: the values frozen here must never change, or journals replay to other
// weights.
#include "kernels/direction.hpp"

#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/io/error.hpp"
#include "kernels/kernels_test_support.hpp"
#include "kernels/philox.hpp"

using namespace trainbus::kernels;

namespace {

const Direction rademacher{0x0123456789abcdef, 7, 2, Distribution::Rademacher};
const Direction gaussian{0x0123456789abcdef, 7, 2, Distribution::Gaussian};
const Direction binomial{0x0123456789abcdef, 7, 2, Distribution::Binomial};
constexpr TensorId tensor = 5;
constexpr std::uint32_t c2 = 5 | 2 << 16, c3 = 7;
constexpr PhiloxKey key{0x89abcdef, 0x01234567};

}  // namespace

BOOST_AUTO_TEST_CASE(a_vectors_signs_are_the_bits_of_consecutive_words) {
  const Shape shape = Shape::vector(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::uint32_t word = philox({i / 128, 0, c2, c3}, key)[i % 128 / 32];
    BOOST_REQUIRE_EQUAL(z_element(rademacher, tensor, shape, 0, i), word >> (i % 32) & 1 ? -1 : 1);
  }
}

// Iterates over the bits in memory order, while the definition iterates over the elements.
BOOST_AUTO_TEST_CASE(a_matrixs_signs_lie_in_the_order_of_a_tensor_core_fragment) {
  const Shape shape = Shape::matrix(48, 600);
  int seen = 0;
  for (std::uint32_t c0 = 0; c0 < 96; ++c0)
    for (std::uint32_t c1 = 0; c1 < 3; ++c1) {
      const PhiloxCounter words = philox({c0, c1, c2, c3}, key);
      for (std::uint32_t bit = 0; bit < 128; ++bit) {
        const std::uint32_t b = bit % 32, row = c0 / 32 * 16 + c0 / 4 % 8 + 8 * (b & 1);
        const std::uint32_t column =
            c1 * 256 + bit / 32 * 64 + (b >> 1 & 7) * 8 + c0 % 4 * 2 + (b >> 4);
        if (column >= 600) continue;
        ++seen;
        BOOST_REQUIRE_EQUAL(z_element(rademacher, tensor, shape, row, column),
                            words[bit / 32] >> b & 1 ? -1 : 1);
      }
    }
  BOOST_TEST(seen == 48 * 600);
}

BOOST_AUTO_TEST_CASE(normals_follow_box_and_mullers_formula) {
  const Shape shape = Shape::matrix(9, 100);
  for (std::uint32_t e = 0; e < 900; ++e) {
    const PhiloxCounter w = philox({e / 4, 0, c2, c3}, key);
    const std::uint32_t radius = w[e % 2], angle = w[2 + e % 2];
    const double r = std::sqrt(-2 * std::log((radius >> 1 | 1) * 0x1p-31));
    const double phi = 2 * M_PI * angle * 0x1p-32;
    const double expected = r * (e % 4 < 2 ? std::cos(phi) : std::sin(phi));
    BOOST_REQUIRE_SMALL(z_element(gaussian, tensor, shape, e / 100, e % 100) - expected, 2e-6);
  }
}

BOOST_AUTO_TEST_CASE(normals_of_a_large_tensor_use_both_words_of_the_block_number) {
  const Shape shape = Shape::matrix(std::int64_t{1} << 20, std::int64_t{1} << 15);
  const std::int64_t row = 1 << 19;  // element 2^34, block 2^32
  const PhiloxCounter w = philox({0, 1, c2, c3}, key);
  const double r = std::sqrt(-2 * std::log((w[0] >> 1 | 1) * 0x1p-31));
  BOOST_CHECK_SMALL(
      z_element(gaussian, tensor, shape, row, 0) - r * std::cos(2 * M_PI * w[2] * 0x1p-32), 2e-6);
}

BOOST_AUTO_TEST_CASE(binomial_values_count_the_bits_of_consecutive_halfwords) {
  const Shape shape = Shape::matrix(9, 100);
  for (std::uint32_t e = 0; e < 900; ++e) {
    const std::uint32_t word = philox({e / 8, 0, c2, c3}, key)[e % 8 / 2];
    const std::uint32_t half = e % 2 ? word >> 16 : word & 0xffff;
    BOOST_REQUIRE_EQUAL(z_element(binomial, tensor, shape, e / 100, e % 100),
                        (std::popcount(half) - 8) / 2.0);
  }
}

BOOST_AUTO_TEST_CASE(elements_and_tensors_that_do_not_exist_are_refused) {
  const Shape shape = Shape::matrix(3, 4);
  BOOST_CHECK_THROW(z_element(rademacher, tensor, shape, 3, 0), trainbus::RunError);
  BOOST_CHECK_THROW(z_element(rademacher, tensor, shape, 0, 4), trainbus::RunError);
  BOOST_CHECK_THROW(z_element(rademacher, tensor, shape, -1, 0), trainbus::RunError);
  BOOST_CHECK_THROW(z_element(rademacher, not_a_tensor, shape, 0, 0), trainbus::RunError);
  BOOST_CHECK_THROW(Shape::vector(-1), trainbus::RunError);
  BOOST_CHECK_THROW(Shape::matrix(1, -1), trainbus::RunError);
  BOOST_CHECK_THROW(Shape::matrix((std::int64_t{1} << 31) + 1, 1), trainbus::RunError);
  BOOST_CHECK_THROW(Shape::matrix(std::int64_t{1} << 31, std::int64_t{1} << 40),
                    trainbus::RunError);
}

// Computed by a separate program from the published formulas (signs), and frozen with the first
// release.
namespace {

std::uint64_t sign_bits(const Shape& shape, std::int64_t row, std::int64_t column) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 64; ++i)
    bits |= std::uint64_t{z_element(rademacher, tensor, shape, row, column + i) < 0} << i;
  return bits;
}

// FNV-1a, a value at a time, of a 50 x 600 matrix.
template <class Value>
std::uint64_t hash_of_matrix(const Direction& direction, const Value& value) {
  const Shape shape = Shape::matrix(50, 600);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::int64_t n = 0; n < 50; ++n)
    for (std::int64_t k = 0; k < 600; ++k)
      hash = (hash ^ value(z_element(direction, tensor, shape, n, k))) * 0x100000001b3;
  return hash;
}

}  // namespace

BOOST_AUTO_TEST_CASE(signs_are_those_of_the_first_journal) {
  BOOST_TEST(sign_bits(Shape::vector(1024), 0, 0) == 0xc41a4ad693013e64);
  BOOST_TEST((sign_bits(Shape::vector(1024), 0, 960) & 0xffffffffff) == 0x5e4add4f02);
  const Shape matrix = Shape::matrix(50, 600);
  BOOST_TEST(sign_bits(matrix, 0, 0) == 0x809729ee5d200586);
  BOOST_TEST(sign_bits(matrix, 7, 64) == 0xbc171a7ab6ad04a5);
  BOOST_TEST(sign_bits(matrix, 8, 192) == 0xf623646d39ab1ab9);
  BOOST_TEST(sign_bits(matrix, 15, 256) == 0x43e884bcbc9943db);
  BOOST_TEST(sign_bits(matrix, 16, 512) == 0x1303c097d2081ed9);
  BOOST_TEST(sign_bits(matrix, 33, 536) == 0x86616ef6c8ce1f2d);
  BOOST_TEST(hash_of_matrix(rademacher, [](float z) { return std::uint64_t{z < 0}; }) ==
             0x5332660d543b7689);
}

BOOST_AUTO_TEST_CASE(normals_are_those_of_the_first_journal) {
  const Shape shape = Shape::matrix(50, 600);
  const float expected[] = {0x1.ea6a94p-1f, 0x1.68d006p-1f,  -0x1.c0a51cp-2f, -0x1.870c62p-3f,
                            0x1.08604p+0f,  -0x1.34a58ep-1f, 0x1.82f7cep+0f,  0x1.2210a2p+0f};
  for (int e = 0; e < 8; ++e) BOOST_TEST(z_element(gaussian, tensor, shape, 0, e) == expected[e]);
  const auto bits = [](float z) { return std::uint64_t{std::bit_cast<std::uint32_t>(z)}; };
  BOOST_TEST(hash_of_matrix(gaussian, bits) == 0x6b413cfc10728cf6);
}

BOOST_AUTO_TEST_CASE(binomial_values_are_those_of_the_first_journal) {
  const Shape shape = Shape::matrix(50, 600);
  const int expected[] = {0, -3, 0, -2, 2, 1, 0, 1, 2, 2, 3, 0, -1, -1, 1, 2};
  for (int e = 0; e < 16; ++e)
    BOOST_TEST(2 * z_element(binomial, tensor, shape, 0, e) == expected[e]);
  const Shape large = Shape::matrix(std::int64_t{1} << 20, std::int64_t{1} << 16);
  const int beyond[] = {0, -2, -1, -1, 2, 2, 1, 0};  // from element 2^35, block 2^32, on
  for (int e = 0; e < 8; ++e)
    BOOST_TEST(2 * z_element(binomial, tensor, large, 1 << 19, e) == beyond[e]);
  const auto bits_set = [](float z) { return static_cast<std::uint64_t>(2 * z + 8); };
  BOOST_TEST(hash_of_matrix(binomial, bits_set) == 0xae0cf0564276923a);
}
