// Observers that join and leave, inside and outside a dispatch: each gets one begin and one end.
#include <boost/test/unit_test.hpp>

#include "core/bus/recording_observer.hpp"

namespace trainbus::testing {

struct MembershipFixture {
  Journal journal;
  Bus bus;
};

#define CHECK_JOURNAL(...)                                                    \
  do {                                                                        \
    const Journal expected = __VA_ARGS__;                                     \
    BOOST_TEST(drain(journal) == expected, boost::test_tools::per_element()); \
  } while (false)

BOOST_FIXTURE_TEST_SUITE(bus_membership_test, MembershipFixture)

BOOST_AUTO_TEST_CASE(a_late_observer_gets_the_begin_event_replayed) {
  Event begin = make_event(EventKind::TrainBegin, 3);
  begin.text = "{\"run\":1}";
  begin.metrics = {intern("loss")};
  bus.publish(begin);
  auto ema = std::make_shared<RecordingObserver>("ema", journal, Role::Metric);
  ema->declared = {"ema/loss"};
  bus.add(ema);
  RecordingObserver& late = subscribe(bus, "csv", journal);
  CHECK_JOURNAL({"ema:on_train_begin", "csv:on_train_begin"});
  BOOST_TEST(late.last.text == "{\"run\":1}");
  BOOST_TEST(late.last.step == 3u);
  BOOST_REQUIRE(late.last.metrics.size() == 2u);  // with those of the late metric observer
  BOOST_TEST(late.last.metrics[1].data == intern("ema/loss").data);
}

BOOST_AUTO_TEST_CASE(before_and_after_a_run_nothing_is_replayed) {
  subscribe(bus, "before", journal);
  publish(bus, EventKind::TrainBegin);
  publish(bus, EventKind::TrainEnd);
  subscribe(bus, "after", journal);
  CHECK_JOURNAL({"before:on_train_begin", "before:on_train_end"});
}

BOOST_AUTO_TEST_CASE(one_that_is_removed_in_a_run_gets_an_end_of_its_own) {
  RecordingObserver& csv = subscribe(bus, "csv", journal);
  publish(bus, EventKind::TrainBegin);
  publish(bus, EventKind::Step, 7);
  const std::shared_ptr<Observer> kept = bus.take("csv");
  publish(bus, EventKind::TrainEnd, 8);
  CHECK_JOURNAL({"csv:on_train_begin", "csv:on_step", "csv:on_train_end"});
  BOOST_TEST(csv.last.text == "stopped: removed from the run");
  BOOST_TEST(csv.last.step == 7u);
  BOOST_TEST(csv.last.unix_ns > 0);
}

BOOST_AUTO_TEST_CASE(one_that_is_removed_outside_a_run_gets_no_end) {
  subscribe(bus, "csv", journal);
  bus.remove("csv");
  CHECK_JOURNAL({"csv:destroyed"});
}

BOOST_AUTO_TEST_CASE(a_second_begin_and_a_second_end_are_not_delivered) {
  subscribe(bus, "csv", journal);
  publish(bus, EventKind::TrainEnd);
  publish(bus, EventKind::TrainBegin);
  publish(bus, EventKind::TrainBegin);
  publish(bus, EventKind::TrainEnd);
  publish(bus, EventKind::TrainEnd);
  CHECK_JOURNAL({"csv:on_train_begin", "csv:on_train_end"});
}

BOOST_AUTO_TEST_CASE(a_second_run_begins_and_ends_again) {
  subscribe(bus, "csv", journal);
  for (int run = 0; run < 2; ++run) {
    publish(bus, EventKind::TrainBegin);
    publish(bus, EventKind::TrainEnd);
  }
  CHECK_JOURNAL(
      {"csv:on_train_begin", "csv:on_train_end", "csv:on_train_begin", "csv:on_train_end"});
}

BOOST_AUTO_TEST_CASE(an_observer_added_inside_a_dispatch_starts_with_the_next_event) {
  RecordingObserver& first = subscribe(bus, "first", journal);
  publish(bus, EventKind::TrainBegin);
  first.then = [&](Event&) {
    if (!bus.has("late")) subscribe(bus, "late", journal);
    BOOST_TEST(bus.has("late"));
  };
  publish(bus, EventKind::Step);
  CHECK_JOURNAL({"first:on_train_begin", "first:on_step", "late:on_train_begin"});
  publish(bus, EventKind::Step);
  CHECK_JOURNAL({"first:on_step", "late:on_step"});
}

BOOST_AUTO_TEST_CASE(an_observer_removed_inside_a_dispatch_still_gets_this_event) {
  subscribe(bus, "first", journal).then = [&](Event& e) {
    if (e.kind == EventKind::Step) {
      BOOST_TEST(bus.remove("second"));
      BOOST_TEST(!bus.has("second"));
      BOOST_TEST(!bus.remove("second"));
    }
  };
  subscribe(bus, "second", journal);
  publish(bus, EventKind::TrainBegin);
  drain(journal);
  publish(bus, EventKind::Step);
  CHECK_JOURNAL({"first:on_step", "second:on_step", "second:on_train_end", "second:destroyed"});
}

BOOST_AUTO_TEST_CASE(an_observer_may_remove_itself) {
  RecordingObserver& csv = subscribe(bus, "csv", journal);
  csv.then = [&](Event& e) {
    if (e.kind != EventKind::Step) return;
    BOOST_TEST(bus.remove("csv"));
    BOOST_TEST(csv.name() == "csv");  // not destroyed during its own call
    journal.push_back("removed");
  };
  publish(bus, EventKind::TrainBegin);
  drain(journal);
  publish(bus, EventKind::Step);
  CHECK_JOURNAL({"csv:on_step", "removed", "csv:on_train_end", "csv:destroyed"});
}

BOOST_AUTO_TEST_CASE(a_running_observer_that_is_taken_and_dropped_lives_until_its_call_returns) {
  RecordingObserver& csv = subscribe(bus, "csv", journal);
  csv.then = [&](Event& e) {
    if (e.kind != EventKind::Step) return;
    bus.take("csv").reset();
    BOOST_TEST(csv.name() == "csv");
    journal.push_back("dropped");
  };
  publish(bus, EventKind::TrainBegin);
  drain(journal);
  publish(bus, EventKind::Step);
  CHECK_JOURNAL({"csv:on_step", "dropped", "csv:on_train_end", "csv:destroyed"});
}

BOOST_AUTO_TEST_CASE(
    an_observer_taken_inside_a_dispatch_gets_its_end_and_is_then_the_takers_alone) {
  std::shared_ptr<Observer> taken;
  subscribe(bus, "first", journal).then = [&](Event& e) {
    if (e.kind == EventKind::Step) taken = bus.take("second");
  };
  subscribe(bus, "second", journal);
  publish(bus, EventKind::TrainBegin);
  drain(journal);
  publish(bus, EventKind::Step);
  CHECK_JOURNAL({"first:on_step", "second:on_step", "second:on_train_end"});
  BOOST_TEST(taken.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(an_observer_can_be_replaced_under_its_name_inside_a_dispatch) {
  RecordingObserver& old = subscribe(bus, "csv", journal);
  old.then = [&](Event& e) {
    if (e.kind != EventKind::Step) return;
    bus.remove("csv");
    subscribe(bus, "csv", journal).then = [&](Event& x) { journal.push_back("new:" + x.text); };
  };
  Event begin = make_event(EventKind::TrainBegin);
  begin.text = "begin";
  bus.publish(begin);
  drain(journal);
  publish(bus, EventKind::Step);
  CHECK_JOURNAL(
      {"csv:on_step", "csv:on_train_end", "csv:destroyed", "csv:on_train_begin", "new:begin"});
  publish(bus, EventKind::Step);
  CHECK_JOURNAL({"csv:on_step", "new:"});
}

BOOST_AUTO_TEST_CASE(one_added_and_removed_inside_the_same_dispatch_sees_nothing) {
  subscribe(bus, "first", journal).then = [&](Event&) {
    subscribe(bus, "brief", journal);
    BOOST_TEST(bus.remove("brief"));
  };
  publish(bus, EventKind::TrainBegin);
  CHECK_JOURNAL({"first:on_train_begin", "brief:destroyed"});
}

BOOST_AUTO_TEST_CASE(one_removed_inside_the_end_event_gets_no_second_end) {
  subscribe(bus, "first", journal).then = [&](Event& e) {
    if (e.kind == EventKind::TrainEnd) bus.remove("second");
  };
  subscribe(bus, "second", journal);
  publish(bus, EventKind::TrainBegin);
  drain(journal);
  publish(bus, EventKind::TrainEnd);
  CHECK_JOURNAL({"first:on_train_end", "second:on_train_end", "second:destroyed"});
}

BOOST_AUTO_TEST_CASE(changes_asked_for_in_a_replayed_begin_or_an_own_end_are_honoured) {
  publish(bus, EventKind::TrainBegin);
  auto chain = std::make_shared<RecordingObserver>("a", journal);
  chain->then = [&](Event& e) {
    if (e.kind == EventKind::TrainBegin) bus.remove("a");
    if (e.kind == EventKind::TrainEnd) subscribe(bus, "b", journal);
  };
  bus.add(chain);
  CHECK_JOURNAL({"a:on_train_begin", "a:on_train_end", "b:on_train_begin"});
  BOOST_TEST(bus.names().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
