#include "core/bus/bus.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

#include "core/bus/recording_observer.hpp"
#include "core/io/error.hpp"

namespace trainbus::testing {

struct BusFixture {
  Journal journal;  // outlives the observers
  Bus bus;
};
constexpr std::uint64_t step_only = 1u << TB_ON_STEP;

BOOST_FIXTURE_TEST_SUITE(bus_test, BusFixture)

BOOST_AUTO_TEST_CASE(metric_observers_come_first_then_sinks_each_in_order_of_adding) {
  subscribe(bus, "csv", journal);
  subscribe(bus, "ema", journal, Role::Metric);
  subscribe(bus, "jsonl", journal);
  subscribe(bus, "slow", journal, Role::Metric);
  publish(bus, EventKind::Step);
  const Journal expected = {"ema:on_step", "slow:on_step", "csv:on_step", "jsonl:on_step"};
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
  const std::vector<std::string> names = {"ema", "slow", "csv", "jsonl"};
  BOOST_TEST(bus.names() == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_a_metric_observer_adds_is_seen_by_every_sink) {
  RecordingObserver& csv = subscribe(bus, "csv", journal);
  subscribe(bus, "ema", journal, Role::Metric).then = [](Event& e) {
    e.set(intern("ema/loss"), 0.5);
  };
  publish(bus, EventKind::Step);
  BOOST_REQUIRE(csv.last.find(intern("ema/loss")));
  BOOST_TEST(*csv.last.find(intern("ema/loss")) == 0.5);
}

BOOST_AUTO_TEST_CASE(an_observer_gets_only_the_kinds_it_wants) {
  subscribe(bus, "csv", journal, Role::Sink, step_only);
  BOOST_TEST(bus.wanted(EventKind::Step));
  BOOST_TEST(!bus.wanted(EventKind::Forward));
  publish(bus, EventKind::TrainBegin);
  publish(bus, EventKind::Forward);
  publish(bus, EventKind::Step);
  const Journal expected = {"csv:on_step"};
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_is_wanted_once_the_only_one_who_wanted_it_has_gone) {
  subscribe(bus, "csv", journal);
  BOOST_TEST(bus.remove("csv"));
  BOOST_TEST(!bus.wanted(EventKind::Step));
}

BOOST_AUTO_TEST_CASE(a_kind_of_a_later_version_is_ignored) {
  subscribe(bus, "csv", journal);
  publish(bus, static_cast<EventKind>(TB_KIND_COUNT));
  publish(bus, static_cast<EventKind>(4000000000u));
  BOOST_TEST(journal.empty());
}

BOOST_AUTO_TEST_CASE(the_same_name_twice_is_refused) {
  subscribe(bus, "csv", journal);
  BOOST_CHECK_THROW(subscribe(bus, "csv", journal), UsageError);
  BOOST_TEST(bus.names().size() == 1u);
}

BOOST_AUTO_TEST_CASE(remove_and_take_say_whether_it_was_there) {
  subscribe(bus, "csv", journal);
  BOOST_TEST(!bus.remove("tsv"));
  BOOST_TEST(!bus.take("tsv"));
  BOOST_TEST(bus.find("csv")->name() == "csv");
  BOOST_TEST(bus.remove("csv"));
  BOOST_TEST(!bus.has("csv"));
  BOOST_TEST(bus.find("csv") == nullptr);
  const Journal expected = {"csv:destroyed"};
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_taken_observer_can_be_added_again) {
  subscribe(bus, "csv", journal);
  const std::shared_ptr<Observer> taken = bus.take("csv");
  BOOST_REQUIRE(taken);
  BOOST_TEST(taken.use_count() == 1);
  publish(bus, EventKind::Step);
  BOOST_TEST(journal.empty());
  bus.add(taken);
  publish(bus, EventKind::Step);
  BOOST_TEST(journal.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_function_can_observe) {
  int calls = 0;
  bus.observe("count", Role::Sink, step_only, [&](Event&) { ++calls; });
  publish(bus, EventKind::Step);
  publish(bus, EventKind::Save);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(the_metrics_of_all_metric_observers_are_declared_in_order) {
  subscribe(bus, "csv", journal).declared = {"not/a/metric"};
  subscribe(bus, "ema", journal, Role::Metric).declared = {"ema/loss"};
  subscribe(bus, "slow", journal, Role::Metric).declared = {"slow/loss", "slow/lr"};
  const std::vector<std::string> expected = {"ema/loss", "slow/loss", "slow/lr"};
  BOOST_TEST(bus.metrics() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(observers_are_destroyed_in_the_reverse_order_of_adding) {
  {
    Bus short_lived;
    subscribe(short_lived, "a", journal);
    subscribe(short_lived, "b", journal);
  }
  const Journal expected = {"b:destroyed", "a:destroyed"};
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
