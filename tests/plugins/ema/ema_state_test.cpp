#include <boost/test/unit_test.hpp>
#include <random>

#include "ema_fixture.hpp"

using trainbus::Phase;
using trainbus::testing::EventBuilder;

BOOST_AUTO_TEST_CASE(a_restored_average_continues_to_the_last_bit) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> loss(-3, 5);
  for (const char* bias_correction : {"false", "true"}) {
    EmaFixture whole{{"decay", "0.97"}, {"bias-correction", bias_correction}};
    for (int i = 0; i < 200; ++i) {
      whole.forward(loss(random));
      EmaFixture restored{{"decay", "0.97"}, {"bias-correction", bias_correction}};
      restored.instance.load_state(whole.instance.save_state());
      const double next = loss(random);
      BOOST_TEST(restored.forward(next).value() == whole.forward(next).value());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_state_without_a_loss_restores_to_no_value) {
  EmaFixture empty, restored;
  restored.instance.load_state(empty.instance.save_state());
  BOOST_TEST(restored.forward(5.0).value() == 5.0);
}

BOOST_AUTO_TEST_CASE(another_decay_or_start_continues_from_the_saved_value) {
  EmaFixture corrected{{"bias-correction", "true"}};
  corrected.forward(4.0);
  const double value = corrected.forward(2.0).value();

  EmaFixture seeded{{"decay", "0"}};
  seeded.instance.load_state(corrected.instance.save_state());
  seeded.instance.publish(EventBuilder(TB_ON_STEP).step(3));
  BOOST_TEST(seeded.instance.emitted_value("loss").value() == value);

  EmaFixture slower{{"bias-correction", "true"}, {"decay", "0.5"}};
  slower.instance.load_state(corrected.instance.save_state());
  slower.instance.publish(EventBuilder(TB_ON_STEP).step(3));
  BOOST_TEST(slower.instance.emitted_value("loss").value() == value,
             boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(caught_up_events_that_the_state_already_holds_count_once) {
  EmaFixture before;
  before.forward(4.0, 0, 1);
  const double value = before.forward(2.0, 0, 2).value();

  EmaFixture resumed;
  resumed.instance.load_state(before.instance.save_state());
  BOOST_TEST(!resumed.forward(2.0, 0, 2, Phase::CatchUp));
  resumed.instance.publish(EventBuilder(TB_ON_STEP).step(2).phase(Phase::CatchUp));
  BOOST_TEST(resumed.instance.emitted.empty());
  BOOST_TEST(resumed.forward(1.0, 0, 3, Phase::CatchUp).value() == 0.9 * value + (1 - 0.9) * 1.0);
}

BOOST_AUTO_TEST_CASE(a_damaged_state_is_refused) {
  EmaFixture source;
  source.forward(2.5, 0, 12);
  const std::string good = source.instance.save_state();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EmaFixture ema;
    BOOST_CHECK_THROW(ema.instance.load_state(good.substr(0, size)), std::runtime_error);
  }
  for (const char* bad :
       {"2 1 0.9 0 1 1 0 ", "1 1 0.9 0 nan 1 0 ", "1 1 1.5 0 1 1 0 ", "1 1 0.9 0 1 1 0 x"}) {
    EmaFixture ema;
    BOOST_CHECK_THROW(ema.instance.load_state(bad), std::runtime_error);
  }
}
