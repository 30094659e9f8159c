// The bus thread: events arrive complete and in order while the training thread continues, whatever
// an observer does.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "core/bus/recording_observer.hpp"
#include "core/io/error.hpp"
#include "support/captured_log.hpp"

namespace trainbus::testing {

using namespace std::chrono_literals;

// A gate at which calls wait until the test opens it.
class Door {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

struct ThreadFixture {
  static Bus::Options options() {
    Bus::Options options;
    options.delivery = Bus::Delivery::Thread;
    options.patience = 60ms;
    options.hang_limit = 10s;
    options.queue_bytes = 4096;
    return options;
  }
  static Bus::Options soon_hanging() {
    Bus::Options options = ThreadFixture::options();
    options.hang_limit = 60ms;
    options.queue_bytes = std::size_t{1} << 16;
    return options;
  }

  Journal journal;
  Bus bus{options()};

  static ObserverReport report(const Bus& bus, const std::string& name) {
    for (const ObserverReport& line : bus.report())
      if (line.name == name) return line;
    throw std::out_of_range(name);
  }
};

BOOST_FIXTURE_TEST_SUITE(bus_thread_test, ThreadFixture)

BOOST_AUTO_TEST_CASE(all_events_arrive_in_order_on_one_other_thread) {
  std::vector<std::uint64_t> steps;
  std::set<std::thread::id> threads;
  bus.observe("sink", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) {
    steps.push_back(e.step);
    threads.insert(std::this_thread::get_id());
  });
  for (std::uint64_t step = 1; step <= 5000; ++step) publish(bus, EventKind::Step, step);
  bus.drain();
  BOOST_REQUIRE(steps.size() == 5000u);
  for (std::uint64_t i = 0; i < steps.size(); ++i) BOOST_TEST(steps[i] == i + 1);
  BOOST_TEST(threads.size() == 1u);
  BOOST_TEST(!threads.contains(std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(publish_does_not_wait_for_an_observer) {
  Door door;
  bus.observe("slow", Role::Sink, every_kind, [&](Event&) { door.pass(); });
  publish(bus, EventKind::Step, 1);
  door.wait_for_one();
  publish(bus, EventKind::Step, 2);  // returns although the first has not been handled
  BOOST_TEST(bus.wanted(EventKind::Step));
  door.open();
  bus.drain();
  BOOST_TEST(report(bus, "slow").events == 2u);
}

BOOST_AUTO_TEST_CASE(the_end_of_training_returns_when_all_is_delivered) {
  subscribe(bus, "csv", journal);
  publish(bus, EventKind::TrainBegin);
  for (int step = 1; step <= 100; ++step) publish(bus, EventKind::Step, step);
  publish(bus, EventKind::TrainEnd, 100);
  BOOST_TEST(journal.size() == 102u);
  BOOST_TEST(journal.back() == "csv:on_train_end");
}

BOOST_AUTO_TEST_CASE(sinks_see_what_metric_observers_added_and_the_publisher_does_not) {
  subscribe(bus, "ema", journal, Role::Metric).then = [](Event& e) {
    e.set(intern("ema/loss"), 0.5);
  };
  auto& sink = subscribe(bus, "csv", journal);
  Event event = make_event(EventKind::Step, 1);
  bus.publish(event);
  bus.drain();
  BOOST_TEST(*sink.last.find(intern("ema/loss")) == 0.5);
  BOOST_TEST(event.scalars.empty());
}

BOOST_AUTO_TEST_CASE(large_and_rare_parts_of_events_arrive_whole) {
  auto& sink = subscribe(bus, "csv", journal);
  Event event = make_event(EventKind::TrainBegin);
  event.text = std::string(100'000, 'x');
  for (int i = 0; i < 1000; ++i) event.metrics.push_back(intern("m" + std::to_string(i)));
  bus.publish(event);
  bus.drain();
  BOOST_TEST(sink.last.text == event.text);
  BOOST_TEST(sink.last.metrics.size() == 1000u);
  Event histogram = make_event(EventKind::Histogram, 1);
  histogram.histogram = std::make_shared<Histogram>(Histogram{.count = 3, .limits = {1, 2}});
  bus.publish(histogram);
  bus.drain();
  BOOST_TEST(sink.last.histogram->limits.size() == 2u);
  publish(bus, EventKind::Step, 2);
  bus.drain();
  BOOST_TEST(!sink.last.histogram);
  BOOST_TEST(sink.last.text.empty());
}

BOOST_AUTO_TEST_CASE(late_and_leaving_observers_see_begin_and_end) {
  publish(bus, EventKind::TrainBegin);
  auto late = std::make_shared<RecordingObserver>("late", journal);
  bus.add(late);
  publish(bus, EventKind::Step, 7);
  BOOST_TEST(bus.take("late") == late);
  publish(bus, EventKind::Step, 8);
  publish(bus, EventKind::TrainEnd, 8);
  const Journal expected = {"late:on_train_begin", "late:on_step", "late:on_train_end"};
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
  BOOST_TEST(late->last.text == "stopped: removed from the run");
  BOOST_TEST(late->last.step == 7u);
}

BOOST_AUTO_TEST_CASE(an_observer_may_remove_itself_inside_its_call) {
  subscribe(bus, "once", journal, Role::Sink, 1u << TB_ON_STEP).then = [&](Event&) {
    bus.remove("once");
  };
  publish(bus, EventKind::Step, 1);
  publish(bus, EventKind::Step, 2);
  bus.drain();
  BOOST_TEST(!bus.has("once"));
  const Journal expected = {"once:on_step", "once:destroyed"};
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_observer_that_publishes_is_refused) {
  const CapturedLog log;
  subscribe(bus, "loud", journal).then = [&](Event& e) { bus.publish(e); };
  publish(bus, EventKind::Step, 1);
  bus.drain();
  BOOST_TEST(report(bus, "loud").failures == 1u);
}

BOOST_AUTO_TEST_CASE(failures_are_counted_and_quarantine_on_the_thread_too) {
  const CapturedLog log;
  subscribe(bus, "bad", journal).then = [](Event&) { throw std::runtime_error("no"); };
  subscribe(bus, "good", journal, Role::Sink, 1u << TB_ON_STEP);
  for (int step = 1; step <= 5; ++step) publish(bus, EventKind::Step, step);
  BOOST_TEST(report(bus, "bad").events == 3u);
  BOOST_TEST(report(bus, "good").events == 5u);
  BOOST_TEST(report(bus, "bad").delivery == "thread");
  BOOST_TEST(bus.any_quarantined());
}

BOOST_AUTO_TEST_CASE(a_lossy_observer_gets_the_newest_and_all_that_is_no_step) {
  Door door;
  std::vector<std::uint64_t> seen, all;
  struct Lossy final : Observer {
    explicit Lossy(std::vector<std::uint64_t>& journal)
        : Observer("bar", Role::Sink, every_kind, Intake{.lossy = true}), steps(journal) {}
    void on_event(Event& e) override { steps.push_back(e.step); }
    std::vector<std::uint64_t>& steps;
  };
  bus.observe("csv", Role::Sink, every_kind, [&](Event& e) {
    if (e.step == 1) door.pass();
    all.push_back(e.step);
  });
  bus.add(std::make_shared<Lossy>(seen));
  publish(bus, EventKind::Step, 1);
  door.wait_for_one();
  for (std::uint64_t step = 2; step <= 9; ++step) publish(bus, EventKind::Step, step);
  publish(bus, EventKind::Evaluate, 9);
  publish(bus, EventKind::Step, 10);
  door.open();
  bus.drain();
  const std::vector<std::uint64_t> newest = {1, 9, 10};
  BOOST_TEST(seen == newest, boost::test_tools::per_element());
  BOOST_TEST(all.size() == 11u);
}

// The filter comes first: a newer event that is filtered out does not replace one that passes. The
// last step is always delivered to observers that show progress.
BOOST_AUTO_TEST_CASE(a_lossy_observer_with_a_filter_gets_what_passes_and_the_last_step) {
  struct Lossy final : Observer {
    Lossy() : Observer("bar", Role::Sink, every_kind, Intake{{.every = 100}, true}) {}
    void on_event(Event& e) override {
      seen.push_back(std::string(event_name(e.kind)) + ' ' + std::to_string(e.step));
    }
    std::vector<std::string> seen;
  };
  const auto bar = std::make_shared<Lossy>();
  Door door;
  bus.observe("csv", Role::Sink, every_kind, [&](Event& e) {
    if (e.step % 100 == 1) door.pass();
  });
  bus.add(bar);
  publish(bus, EventKind::TrainBegin);
  publish(bus, EventKind::Step, 1);
  door.wait_for_one();
  for (std::uint64_t step = 80; step <= 120; ++step) publish(bus, EventKind::Step, step);
  door.open();
  bus.drain();
  for (std::uint64_t step = 121; step <= 150; ++step) publish(bus, EventKind::Step, step);
  publish(bus, EventKind::TrainEnd, 150);
  const Journal expected = {"on_train_begin 0", "on_step 100", "on_step 150", "on_train_end 150"};
  BOOST_TEST(bar->seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_slowest_is_quarantined_when_it_holds_up_the_training) {
  const CapturedLog log;
  subscribe(bus, "fast", journal, Role::Sink, 1u << TB_ON_STEP);
  bus.observe("slow", Role::Sink, 1u << TB_ON_STEP,
              [](Event&) { std::this_thread::sleep_for(4ms); });  // the slowness itself
  for (int step = 1; step <= 400; ++step) publish(bus, EventKind::Step, step);
  bus.drain();
  BOOST_TEST(report(bus, "fast").events == 400u);
  const ObserverReport slow = report(bus, "slow");
  BOOST_TEST(slow.quarantined);
  BOOST_TEST(!slow.abandoned);
  BOOST_TEST(slow.last_failure.find("it is too slow") == 0u);
  BOOST_TEST(slow.events < 400u);
  BOOST_TEST(!bus.left_a_thread_behind());
}

// The call never returns: its thread and what it holds stay behind until the process ends.
BOOST_AUTO_TEST_CASE(a_call_that_never_returns_is_abandoned_and_the_others_miss_nothing) {
  const CapturedLog log;
  static Door& never = *new Door;
  Journal& kept = *new Journal;
  {
    Bus hanging(soon_hanging());
    subscribe(hanging, "before", kept, Role::Sink, 1u << TB_ON_STEP);
    hanging.observe("stuck", Role::Sink, 1u << TB_ON_STEP, [](Event& e) {
      if (e.step == 2) never.pass();
    });
    subscribe(hanging, "after", kept, Role::Sink, 1u << TB_ON_STEP | 1u << TB_ON_TRAIN_END);
    publish(hanging, EventKind::TrainBegin);
    for (int step = 1; step <= 10; ++step) publish(hanging, EventKind::Step, step);
    publish(hanging, EventKind::TrainEnd, 10);
    BOOST_TEST(hanging.left_a_thread_behind());
    BOOST_TEST(report(hanging, "stuck").abandoned);
    BOOST_TEST(report(hanging, "stuck").last_delivered_step == 1u);
    BOOST_TEST(report(hanging, "before").events == 10u);
    BOOST_TEST(report(hanging, "after").events == 11u);
    BOOST_TEST(log.text().find("stuck is abandoned") != std::string::npos);
  }
  const Journal end(kept.end() - 2, kept.end());
  const Journal expected = {"after:destroyed", "before:destroyed"};
  BOOST_TEST(end == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_metric_observer_that_hangs_keeps_no_event_from_the_sinks) {
  const CapturedLog log;
  static Door& never = *new Door;
  Journal& kept = *new Journal;
  Bus hanging(soon_hanging());
  hanging.observe("stuck", Role::Metric, 1u << TB_ON_STEP, [](Event&) { never.pass(); });
  subscribe(hanging, "late/metric", kept, Role::Metric, 1u << TB_ON_STEP);
  subscribe(hanging, "sink", kept, Role::Sink, 1u << TB_ON_STEP);
  publish(hanging, EventKind::Step, 1);
  publish(hanging, EventKind::Step, 2);
  hanging.drain();
  const Journal expected = {"late/metric:on_step", "sink:on_step", "late/metric:on_step",
                            "sink:on_step"};
  BOOST_TEST(kept == expected, boost::test_tools::per_element());
}

// A call that returns after it was abandoned has no effect.
BOOST_AUTO_TEST_CASE(a_call_that_returns_after_it_was_given_up_changes_nothing) {
  const CapturedLog log;
  Door& door = *new Door;
  Journal& kept = *new Journal;
  Bus hanging(soon_hanging());
  hanging.observe("stuck", Role::Sink, 1u << TB_ON_STEP, [&door](Event&) { door.pass(); });
  subscribe(hanging, "sink", kept, Role::Sink, 1u << TB_ON_STEP);
  publish(hanging, EventKind::Step, 1);
  hanging.drain();
  door.open();
  for (int step = 2; step <= 500; ++step) publish(hanging, EventKind::Step, step);
  hanging.drain();
  BOOST_TEST(report(hanging, "sink").events == 500u);
  BOOST_TEST(report(hanging, "stuck").events == 0u);
}

// Its thread continues next to the new one and adds its metrics to its own copy.
BOOST_AUTO_TEST_CASE(a_metric_observer_that_was_given_up_adds_nothing_to_what_others_see) {
  const CapturedLog log;
  Door& door = *new Door;
  auto& added = *new std::atomic<int>(0);
  Bus hanging(soon_hanging());
  hanging.observe("stuck", Role::Metric, 1u << TB_ON_STEP, [&](Event& e) {
    door.pass();
    for (int i = 0; i < 1000; ++i) e.set(intern("stuck/value"), i);
    added = 1;
    added.notify_all();
  });
  std::vector<std::size_t> counts;
  hanging.observe("sink", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) {
    if (e.step == 1) {  // while it is handled, the other one comes back to it
      door.open();
      added.wait(0);
    }
    counts.push_back(e.scalars.size());
  });
  for (std::uint64_t step = 1; step <= 3; ++step) {
    Event event = make_event(EventKind::Step, step);
    event.set(intern("loss"), 1);
    hanging.publish(event);
  }
  hanging.drain();
  const std::vector<std::size_t> one_each = {1, 1, 1};
  BOOST_TEST(counts == one_each, boost::test_tools::per_element());
  BOOST_TEST(report(hanging, "stuck").abandoned);
}

BOOST_AUTO_TEST_CASE(control_observers_are_told_of_no_metric_that_they_do_not_see) {
  auto& control = subscribe(bus, "stop", journal, Role::Control);
  auto& sink = subscribe(bus, "csv", journal);
  subscribe(bus, "ema", journal, Role::Metric).declared = {"ema/loss"};
  Event begin = make_event(EventKind::TrainBegin);
  for (const char* name : {"loss", "ema/loss", "eval/loss"}) begin.metrics.push_back(intern(name));
  bus.publish(begin);
  bus.drain();
  BOOST_TEST(sink.last.metrics.size() == 3u);
  BOOST_REQUIRE(control.last.metrics.size() == 2u);
  BOOST_TEST(control.last.metrics[1].data == intern("eval/loss").data);
}

BOOST_AUTO_TEST_CASE(control_observers_are_called_by_the_publisher_before_all_others) {
  std::vector<std::string> order;
  const auto here = std::this_thread::get_id();
  bus.observe("sink", Role::Sink, 1u << TB_ON_STEP, [&](Event&) { order.push_back("sink"); });
  bus.observe("stop", Role::Control, 1u << TB_ON_STEP, [&](Event&) {
    order.push_back(std::this_thread::get_id() == here ? "control" : "elsewhere");
  });
  publish(bus, EventKind::Step, 1);
  bus.drain();
  const std::vector<std::string> expected = {"control", "sink"};
  BOOST_TEST(order == expected, boost::test_tools::per_element());
  BOOST_TEST(report(bus, "stop").delivery == "inline");
  const std::vector<std::string> names = {"stop", "sink"};
  BOOST_TEST(bus.names() == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(state_is_taken_after_all_that_was_published) {
  struct Counter final : Observer {
    Counter() : Observer("counter", Role::Metric, every_kind) {}
    void on_event(Event&) override { ++count; }
    std::string save_state() override { return std::to_string(count); }
    int count = 0;
  };
  bus.add(std::make_shared<Counter>());
  subscribe(bus, "stateless", journal);
  for (int step = 1; step <= 300; ++step) publish(bus, EventKind::Step, step);
  const std::map<std::string, std::string> expected = {{"counter", "300"}};
  BOOST_TEST((bus.save_state() == expected));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
