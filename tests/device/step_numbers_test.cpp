// From losses to the update's terms, as a device computes them.
#include "device/step_numbers.hpp"

#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>
#include <limits>

#include "device/step_buffers.hpp"

using namespace trainbus::device;

namespace {

struct Fixture {
  Rule rule{
      .eps = 1e-3, .weight_decay = 0.1, .clip = INFINITY, .directions = 2, .micro_batches = 2};
  at::Tensor memory;
  StepNumbers n{};

  // losses: + and − of each micro-batch, direction by direction; shares 1/4 and 3/4.
  void run(std::initializer_list<float> losses, double lr = 0.5) {
    memory = at::zeros({StepBuffers::layout_bytes(rule)}, at::kByte);
    n = StepBuffers(rule, memory).numbers();
    *n.input = {77, 5, 0, lr};
    n.shares[0] = 0.25;
    n.shares[1] = 0.75;
    std::copy(losses.begin(), losses.end(), n.losses);
    set_perturbations(rule, n);
    set_update(rule, n);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(step_numbers_test, Fixture)

BOOST_AUTO_TEST_CASE(each_direction_has_its_own_mean_difference) {
  run({2, 1, 4, 3, 1, 1, 1, 3});
  BOOST_TEST(n.means[0] == 3.5);
  BOOST_TEST(n.means[1] == 2.5);
  BOOST_TEST(n.coefficients[0] == static_cast<float>(0.5 * (1 / 2e-3 / 2)));
  BOOST_TEST(n.coefficients[1] == static_cast<float>(0.5 * (-1.5 / 2e-3 / 2)));
  BOOST_TEST(n.terms[1].coefficient == n.coefficients[1]);
  BOOST_TEST(n.terms[1].direction == 1);
  BOOST_TEST(n.terms[1].seed == 77u);
  BOOST_TEST(n.terms[1].step == 5u);
  BOOST_TEST(n.perturbations[1].coefficient == 1e-3f);
  BOOST_TEST(n.update->term_count == 2);
  BOOST_TEST(n.update->decay == static_cast<float>(0.5 * 0.1));
  BOOST_TEST(n.verdict->skipped == 0);
}

BOOST_AUTO_TEST_CASE(one_loss_that_is_not_finite_leaves_the_whole_update_out) {
  constexpr float infinite = std::numeric_limits<float>::infinity(), none = NAN;
  for (const float wrong : {infinite, -infinite, none}) {
    run({2, 1, 4, 3, 1, 1, wrong, 3});
    BOOST_TEST(n.verdict->skipped == 1);
    BOOST_TEST(n.verdict->decay == 0);
    BOOST_TEST(n.coefficients[0] == 0);
    BOOST_TEST(std::isnan(n.terms[0].coefficient));  // what the update leaves out
  }
}

BOOST_AUTO_TEST_CASE(a_coefficient_beyond_float32_leaves_the_update_out) {
  run({2, 1, 4, 3, 1, 1, 1, 3}, 1e38);
  BOOST_TEST(n.verdict->skipped == 1);
}

BOOST_AUTO_TEST_CASE(rules_change_the_step_length) {
  rule.sign = true;
  run({2, 1, 4, 3, 1, 1, 1, 3});
  BOOST_TEST(n.coefficients[0] == 0.25f);
  BOOST_TEST(n.coefficients[1] == -0.25f);
  run({1, 1, 1, 1, 1, 1, 1, 3});
  BOOST_TEST(n.coefficients[0] == 0);
  rule.sign = false;
  rule.clip = 2;
  run({2, 1, 4, 3, 1, 1, 1, 3});
  BOOST_TEST(n.coefficients[0] == 0.5f);
  BOOST_TEST(n.coefficients[1] == -0.5f);
}

BOOST_AUTO_TEST_SUITE_END()
