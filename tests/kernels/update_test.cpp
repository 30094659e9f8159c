#include "kernels/update.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>

#include "kernels/kernels_test_support.hpp"
#include "kernels/perturb.hpp"

using namespace trainbus::kernels;
using namespace trainbus::kernels::testing;

namespace {

const Distribution distributions[] = {Distribution::Rademacher, Distribution::Gaussian};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), 4 * a.size()) == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_update_rounds_as_documented_on_all_instruction_sets_and_thread_counts) {
  const float coefficient = 3.7e-4f, decay = 1e-3f;
  for (const Distribution distribution : distributions)
    for (const Shape& shape : {Shape::matrix(1, 1), Shape::matrix(35, 259), Shape::matrix(700, 65),
                               Shape::vector(577), Shape::vector(66000)}) {
      const Direction direction{1, 2, 3, distribution};
      const std::vector<float> theta = numbers(shape.elements(), 4);
      std::vector<float> expected;
      for (std::int64_t n = 0; n < shape.rows(); ++n)
        for (std::int64_t k = 0; k < shape.columns(); ++k) {
          volatile float kept = (1 - decay) * theta[expected.size()];  // rounded on its own
          expected.push_back(std::fma(-coefficient, z_element(direction, 8, shape, n, k), kept));
        }
      for (const Cpu cpu : all_cpus())
        for (const int threads : {1, 2}) {
          const Using setting(cpu, threads);
          std::vector<float> updated = theta;
          update(updated.data(), shape, 8, direction, coefficient, decay);
          BOOST_REQUIRE_MESSAGE(same_bits(updated, expected), cpu << ", " << threads << " threads, "
                                                                  << shape.rows() << " x "
                                                                  << shape.columns());
        }
    }
}

BOOST_AUTO_TEST_CASE(without_decay_an_update_is_a_perturbation_by_minus_the_coefficient) {
  for (const Distribution distribution : distributions) {
    const Shape shape = Shape::matrix(45, 300);
    const Direction direction{1, 2, 3, distribution};
    std::vector<float> theta = numbers(shape.elements(), 4), perturbed(theta.size());
    perturb(theta.data(), perturbed.data(), shape, 8, direction, -0.01f);
    update(theta.data(), shape, 8, direction, 0.01f, 0);
    BOOST_TEST(same_bits(theta, perturbed));
  }
}

BOOST_AUTO_TEST_CASE(an_update_by_nothing_changes_no_bit) {
  const Shape shape = Shape::matrix(45, 300);
  const std::vector<float> before = numbers(shape.elements(), 4);
  std::vector<float> theta = before;
  update(theta.data(), shape, 8, {1, 2, 3, Distribution::Rademacher}, 0, 0);
  BOOST_TEST(same_bits(theta, before));
}

BOOST_AUTO_TEST_CASE(opposite_updates_cancel_where_rounding_permits) {
  const Shape shape = Shape::vector(10000);
  std::vector<float> theta(10000, 1.0f);
  const Direction direction{1, 2, 3, Distribution::Rademacher};
  update(theta.data(), shape, 8, direction, 0x1p-10f, 0);
  BOOST_TEST(!same_bits(theta, std::vector<float>(10000, 1.0f)));
  update(theta.data(), shape, 8, direction, -0x1p-10f, 0);
  BOOST_TEST(same_bits(theta, std::vector<float>(10000, 1.0f)));
}
