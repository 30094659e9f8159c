#include <boost/test/unit_test.hpp>
#include <limits>

#include "ema_fixture.hpp"

using trainbus::testing::EventBuilder;

namespace {
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
}

BOOST_AUTO_TEST_CASE(it_is_a_metric_observer_that_declares_one_name_and_wants_three_kinds) {
  const tb_observer& observer = EmaFixture::observer();
  BOOST_TEST(observer.role == TB_ROLE_METRIC);
  BOOST_TEST(std::string(observer.metrics[0]) == "loss");
  BOOST_TEST(observer.metrics[1] == nullptr);
  BOOST_TEST(observer.wants == (1u << TB_ON_FORWARD | 1u << TB_ON_STEP | 1u << TB_ON_TRAIN_END));
}

BOOST_AUTO_TEST_CASE(a_step_shows_the_value_of_its_last_forward) {
  EmaFixture ema;
  ema.forward(2.0);
  ema.forward(1.0);
  ema.instance.publish(EventBuilder(TB_ON_STEP).step(1).set("loss", 1.5));
  BOOST_TEST(ema.instance.emitted_value("loss").value() == 0.9 * 2.0 + (1 - 0.9) * 1.0);
}

BOOST_AUTO_TEST_CASE(nothing_is_emitted_before_the_first_finite_loss) {
  EmaFixture ema;
  BOOST_TEST(!ema.forward(not_a_number));
  ema.instance.publish(EventBuilder(TB_ON_STEP).step(1));
  BOOST_TEST(ema.instance.emitted.empty());
  BOOST_TEST(ema.forward(3.0).value() == 3.0);
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_is_reported_once) {
  EmaFixture ema;
  ema.forward(1.0, 0, 1);
  ema.forward(not_a_number, 0, 2);
  ema.forward(not_a_number, 0, 3);
  BOOST_TEST(ema.host.logged("the loss at step 2 is not finite", TB_LOG_WARNING) == 1u);
  BOOST_TEST(ema.host.log.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_mean_pairs_the_sides_of_each_micro_batch) {
  EmaFixture ema{{"sides", "mean"}, {"decay", "0.5"}};
  BOOST_TEST(!ema.forward(2.0, +1));
  BOOST_TEST(ema.forward(4.0, -1).value() == 3.0);
  BOOST_TEST(ema.forward(10.0, +1).value() == 3.0);
  BOOST_TEST(ema.forward(12.0, -1).value() == 0.5 * 3.0 + 0.5 * 11.0);
}

BOOST_AUTO_TEST_CASE(one_side_that_is_not_finite_leaves_the_pair_out_of_the_mean) {
  EmaFixture ema{{"sides", "mean"}};
  ema.forward(2.0, +1);
  ema.forward(2.0, -1);
  ema.forward(not_a_number, +1);
  BOOST_TEST(ema.forward(100.0, -1).value() == 2.0);
}

BOOST_AUTO_TEST_CASE(the_schema_keeps_decay_below_one) {
  const tb_option& decay = *EmaFixture::observer().options[0];
  BOOST_TEST(std::string(decay.name) == "decay");
  BOOST_TEST(decay.min == 0.0);
  BOOST_TEST(decay.max < 1.0);
  BOOST_TEST(1.0 - decay.max < 1e-15);
}
