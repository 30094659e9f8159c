#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <string>

using trainbus::testing::EventBuilder;

BOOST_AUTO_TEST_CASE(an_event_shows_what_the_host_put_in) {
  EventBuilder builder(TB_ON_SAVE);
  builder.step(7).epoch(2).attempt(3).phase(trainbus::Phase::CatchUp).text("a/path");
  builder.unix_ns(1'500'000'000).run_ns(250'000'000).metrics({"loss", "lr"});
  const trainbus::Event event(builder.build());
  BOOST_TEST(event.step() == 7u);
  BOOST_TEST(event.epoch() == 2u);
  BOOST_TEST(event.attempt() == 3u);
  BOOST_TEST((event.phase() == trainbus::Phase::CatchUp));
  BOOST_TEST(event.name() == "on_save");
  BOOST_TEST(event.text() == "a/path");
  BOOST_TEST(event.unix_seconds() == 1.5);
  BOOST_TEST(event.run_seconds() == 0.25);
  BOOST_TEST(event.metrics().size() == 2u);
  BOOST_TEST(event.metrics()[1] == "lr");
}

BOOST_AUTO_TEST_CASE(scalars_are_iterated_in_order_with_structured_bindings) {
  EventBuilder builder(TB_ON_STEP);
  builder.set("loss", 2.5).set("lr", 1e-4);
  const trainbus::Event event(builder.build());
  std::string seen;
  for (auto [name, value] : event.scalars()) {
    seen += name;
    seen += value > 1 ? '+' : '-';
  }
  BOOST_TEST(seen == "loss+lr-");
  BOOST_TEST(event.find("lr").value() == 1e-4);
  BOOST_TEST(!event.find("l"));
}

BOOST_AUTO_TEST_CASE(a_metric_ref_follows_its_name_when_scalars_come_and_go) {
  trainbus::MetricRef lr("lr");
  EventBuilder with(TB_ON_STEP), without(TB_ON_STEP), moved(TB_ON_STEP), empty(TB_ON_STEP);
  with.set("loss", 1).set("lr", 2);
  without.set("loss", 1).set("forwards", 3);
  moved.set("lr", 4).set("loss", 1);
  for (int round = 0; round < 2; ++round) {
    BOOST_TEST(!trainbus::Event(empty.build()).find(lr));
    BOOST_TEST(!trainbus::Event(without.build()).find(lr));
    BOOST_TEST(trainbus::Event(with.build()).find(lr).value() == 2.0);
    BOOST_TEST(trainbus::Event(moved.build()).find(lr).value() == 4.0);
  }
}
