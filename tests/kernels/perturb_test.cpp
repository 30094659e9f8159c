#include "kernels/perturb.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>

#include "core/io/error.hpp"
#include "kernels/kernels_test_support.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

const Distribution distributions[] = {Distribution::Rademacher, Distribution::Gaussian};

// Around the borders of 4, 16 and 128 elements, 16 rows, 64 and 256 columns, and of what a thread
// takes.
const Shape shapes[] = {
    Shape::vector(0),        Shape::vector(1),        Shape::vector(3),
    Shape::vector(31),       Shape::vector(127),      Shape::vector(129),
    Shape::vector(576),      Shape::vector(4095),     Shape::vector(4097),
    Shape::vector(70001),    Shape::matrix(0, 5),     Shape::matrix(5, 0),
    Shape::matrix(1, 1),     Shape::matrix(15, 63),   Shape::matrix(16, 64),
    Shape::matrix(17, 65),   Shape::matrix(33, 255),  Shape::matrix(31, 256),
    Shape::matrix(16, 257),  Shape::matrix(3, 1000),  Shape::matrix(192, 576),
    Shape::matrix(1000, 33), Shape::matrix(4111, 17), Shape::matrix(7, 8),
    Shape::matrix(200, 513),
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), 4 * a.size()) == 0);
}

std::vector<float> plain(const std::vector<float>& theta, const Shape& shape,
                         const Direction& direction, float scale) {
  std::vector<float> out;
  for (std::int64_t n = 0; n < shape.rows(); ++n)
    for (std::int64_t k = 0; k < shape.columns(); ++k)
      out.push_back(std::fma(scale, z_element(direction, 3, shape, n, k), theta[out.size()]));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_instruction_sets_and_thread_counts_give_the_bits_of_the_plain_formula) {
  for (const Distribution distribution : distributions)
    for (const Shape& shape : shapes) {
      const Direction direction{77, 12, 1, distribution};
      const std::vector<float> theta = numbers(shape.elements(), 1);
      const std::vector<float> expected = plain(theta, shape, direction, -1.25e-3f);
      for (const Cpu cpu : all_cpus())
        for (const int threads : {1, 2}) {
          const Using setting(cpu, threads);
          std::vector<float> out(theta.size() + 1, -5);
          perturb(theta.data(), out.data(), shape, 3, direction, -1.25e-3f);
          BOOST_TEST(out.back() == -5);
          out.pop_back();
          BOOST_REQUIRE_MESSAGE(same_bits(out, expected), cpu << ", " << threads << " threads, "
                                                              << shape.rows() << " x "
                                                              << shape.columns());
        }
    }
}

BOOST_AUTO_TEST_CASE(perturbing_in_place_gives_the_same_bits) {
  for (const Distribution distribution : distributions)
    for (const Cpu cpu : all_cpus()) {
      const Using setting(cpu);
      const Shape shape = Shape::matrix(83, 321);
      const Direction direction{5, 6, 0, distribution};
      std::vector<float> theta = numbers(shape.elements(), 1), out(theta.size());
      perturb(theta.data(), out.data(), shape, 3, direction, 0.5f);
      perturb(theta.data(), theta.data(), shape, 3, direction, 0.5f);
      BOOST_TEST(same_bits(theta, out));
    }
}

BOOST_AUTO_TEST_CASE(both_sides_lie_symmetrically_about_theta) {
  for (const Distribution distribution : distributions) {
    const Shape shape = Shape::matrix(50, 300);
    const Direction direction{5, 6, 0, distribution};
    const std::vector<float> zero(15000);
    std::vector<float> plus(15000), minus(15000);
    perturb(zero.data(), plus.data(), shape, 3, direction, 1e-3f);
    perturb(zero.data(), minus.data(), shape, 3, direction, -1e-3f);
    for (std::size_t i = 0; i < plus.size(); ++i) BOOST_REQUIRE_EQUAL(plus[i], -minus[i]);
  }
}

BOOST_AUTO_TEST_CASE(any_range_of_rows_gives_the_rows_of_the_whole) {
  for (const Distribution distribution : distributions)
    for (const Cpu cpu : all_cpus()) {
      const Using setting(cpu);
      const Shape shape = Shape::matrix(70, 277);
      const Direction direction{5, 6, 0, distribution};
      const std::vector<float> theta = numbers(shape.elements(), 1);
      std::vector<float> whole(theta.size());
      perturb(theta.data(), whole.data(), shape, 3, direction, 0.5f);
      for (std::int64_t begin : {0, 1, 15, 16, 17, 40, 70})
        for (std::int64_t end : {0, 1, 16, 31, 33, 69, 70}) {
          if (begin > end) continue;
          std::vector<float> out(static_cast<std::size_t>((end - begin) * 277));
          perturb_row_range(theta.data(), out.data(), shape, 3, direction, 0.5f, begin, end);
          BOOST_TEST(same_bits(out, {whole.begin() + begin * 277, whole.begin() + end * 277}));
        }
    }
}

BOOST_AUTO_TEST_CASE(rows_can_be_picked_in_any_order_and_repeatedly) {
  for (const Distribution distribution : distributions)
    for (const Cpu cpu : all_cpus()) {
      const Using setting(cpu);
      const Shape shape = Shape::matrix(300, 130);
      const Direction direction{5, 6, 0, distribution};
      const std::vector<float> theta = numbers(shape.elements(), 1);
      std::vector<float> whole(theta.size()), expected;
      perturb(theta.data(), whole.data(), shape, 3, direction, 0.5f);
      std::vector<std::int64_t> rows;
      for (std::int64_t i = 0; i < 400; ++i) rows.push_back(i * i * 7 % 300);
      for (const std::int64_t row : rows)
        expected.insert(expected.end(), whole.begin() + row * 130, whole.begin() + (row + 1) * 130);
      std::vector<float> out(expected.size());
      perturb_rows(theta.data(), out.data(), shape, 3, direction, 0.5f, rows);
      BOOST_TEST(same_bits(out, expected));
    }
}

BOOST_AUTO_TEST_CASE(rows_outside_the_matrix_are_refused_before_anything_is_written) {
  const Shape shape = Shape::matrix(4, 3);
  const Direction direction{};
  const std::vector<float> theta(12);
  std::vector<float> out(12, -5);
  const std::vector<std::int64_t> beyond{0, 4}, negative{0, -1}, good{0};
  BOOST_CHECK_THROW(perturb_rows(theta.data(), out.data(), shape, 3, direction, 1, beyond),
                    trainbus::RunError);
  BOOST_CHECK_THROW(perturb_rows(theta.data(), out.data(), shape, 3, direction, 1, negative),
                    trainbus::RunError);
  BOOST_CHECK_THROW(perturb_row_range(theta.data(), out.data(), shape, 3, direction, 1, 2, 5),
                    trainbus::RunError);
  BOOST_CHECK_THROW(perturb_row_range(theta.data(), out.data(), shape, 3, direction, 1, -1, 2),
                    trainbus::RunError);
  BOOST_CHECK_THROW(perturb_row_range(theta.data(), out.data(), shape, 3, direction, 1, 3, 2),
                    trainbus::RunError);
  BOOST_CHECK_THROW(
      perturb_rows(theta.data(), out.data(), Shape::vector(12), 3, direction, 1, good),
      trainbus::RunError);
  BOOST_CHECK_THROW(perturb(theta.data(), out.data(), shape, not_a_tensor, direction, 1),
                    trainbus::RunError);
  BOOST_TEST(out == std::vector<float>(12, -5), boost::test_tools::per_element());
}
