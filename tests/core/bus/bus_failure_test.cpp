// Observers that fail, leak floating-point settings or publish do not affect others.
#include <boost/test/unit_test.hpp>

#include <cfenv>
#include <stdexcept>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "core/bus/recording_observer.hpp"
#include "core/io/error.hpp"
#include "support/captured_log.hpp"

namespace trainbus::testing {

struct FailureFixture {
  Journal journal;
  Bus bus;

  RecordingObserver& failing(std::string name, std::string message) {
    RecordingObserver& observer = subscribe(bus, std::move(name), journal);
    observer.then = [message](Event&) { throw std::runtime_error(message); };
    return observer;
  }
  ObserverReport report(const std::string& name) const {
    for (const ObserverReport& line : bus.report())
      if (line.name == name) return line;
    throw std::out_of_range(name);
  }
};

BOOST_FIXTURE_TEST_SUITE(bus_failure_test, FailureFixture)

BOOST_AUTO_TEST_CASE(a_throwing_observer_does_not_stop_the_next) {
  failing("bad", "no");
  subscribe(bus, "odd", journal).then = [](Event&) { throw 42; };
  subscribe(bus, "good", journal);
  publish(bus, EventKind::Step);
  BOOST_TEST(journal.back() == "good:on_step");
  BOOST_TEST(report("bad").failures == 1u);
  BOOST_TEST(report("bad").last_failure == "no");
  BOOST_TEST(report("odd").last_failure == "threw something that is not an exception");
  BOOST_TEST(report("good").failures == 0u);
}

BOOST_AUTO_TEST_CASE(three_failures_in_a_row_quarantine) {
  failing("bad", "no");
  publish(bus, EventKind::TrainBegin);
  publish(bus, EventKind::Step, 1);
  BOOST_TEST(!bus.any_quarantined());
  publish(bus, EventKind::Step, 2);
  BOOST_TEST(bus.any_quarantined());
  BOOST_TEST(report("bad").quarantined);
  BOOST_TEST(!bus.wanted(EventKind::Step));
  drain(journal);
  publish(bus, EventKind::Step, 3);
  publish(bus, EventKind::TrainEnd, 3);
  BOOST_TEST(bus.remove("bad"));
  const Journal expected = {"bad:destroyed"};  // no event, no end
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
  BOOST_TEST(report("bad").events == 3u);
}

BOOST_AUTO_TEST_CASE(a_success_in_between_starts_the_count_anew) {
  int call = 0;
  subscribe(bus, "flaky", journal).then = [&](Event&) {
    if (++call % 3 != 0) throw std::runtime_error("flaky");
  };
  for (int step = 1; step <= 30; ++step) publish(bus, EventKind::Step, step);
  BOOST_TEST(!bus.any_quarantined());
  BOOST_TEST(report("flaky").failures == 20u);
  BOOST_TEST(report("flaky").last_delivered_step == 30u);
}

BOOST_AUTO_TEST_CASE(each_message_is_logged_once_and_quarantine_once_with_its_step) {
  const CapturedLog log;
  int call = 0;
  subscribe(bus, "bad", journal).then = [&](Event&) {
    if (++call == 2) return;  // so that five calls are needed
    throw std::runtime_error(call < 4 ? "disk full" : "disk gone");
  };
  for (int step = 11; step <= 20; ++step) publish(bus, EventKind::Step, step);
  BOOST_TEST(log.count("disk full") == 1u);
  BOOST_TEST(log.count("disk gone") == 1u);
  BOOST_TEST(log.count("quarantined") == 1u);
  BOOST_TEST(log.count("from step 15 on nothing is delivered") == 1u);
}

BOOST_AUTO_TEST_CASE(messages_without_end_do_not_flood_the_log) {
  const CapturedLog log;
  subscribe(bus, "bad", journal).then = [&](Event& e) {
    if (e.step % 2) throw std::runtime_error("failed at step " + std::to_string(e.step));
  };
  for (int step = 0; step < 1000; ++step) publish(bus, EventKind::Step, step);
  BOOST_TEST(log.count("failed at step") == 20u);
  BOOST_TEST(log.count("further messages") == 1u);
  BOOST_TEST(report("bad").failures == 500u);
}

BOOST_AUTO_TEST_CASE(a_failing_replayed_begin_counts) {
  publish(bus, EventKind::TrainBegin);
  auto bad = std::make_shared<RecordingObserver>("bad", journal);
  bad->then = [](Event&) { throw std::runtime_error("no"); };
  bus.add(bad);
  BOOST_TEST(report("bad").failures == 1u);
}

BOOST_AUTO_TEST_CASE(an_observer_that_publishes_is_refused_and_counted) {
  subscribe(bus, "loop", journal).then = [&](Event&) { publish(bus, EventKind::Save); };
  subscribe(bus, "good", journal);
  publish(bus, EventKind::Step);
  const Journal expected = {"loop:on_step", "good:on_step"};
  BOOST_TEST(journal == expected, boost::test_tools::per_element());
  BOOST_TEST(report("loop").last_failure.find("Only the training loop publishes") !=
             std::string::npos);
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(the_floating_point_environment_does_not_leak_out_of_an_observer) {
  constexpr unsigned flush_to_zero = 0x8000;
  constexpr unsigned settings = ~0x3fu;  // all but the exception flags, which logging may raise
  const unsigned before = _mm_getcsr();
  const CapturedLog log;
  for (const bool throws : {false, true})
    subscribe(bus, throws ? "throws" : "returns", journal).then = [=](Event&) {
      _mm_setcsr(_mm_getcsr() | flush_to_zero);
      std::fesetround(FE_UPWARD);
      if (throws) throw std::runtime_error("no");
    };
  unsigned seen_by_next = 0;
  subscribe(bus, "next", journal).then = [&](Event&) { seen_by_next = _mm_getcsr(); };
  for (int step = 0; step < 2; ++step) publish(bus, EventKind::Step);
  BOOST_TEST((_mm_getcsr() & settings) == (before & settings));
  BOOST_TEST((seen_by_next & flush_to_zero) == 0u);
  BOOST_TEST(std::fegetround() == FE_TONEAREST);
  BOOST_TEST(log.count("floating-point settings") == 2u);  // each named once
}
#endif

BOOST_AUTO_TEST_CASE(exception_flags_are_put_back_without_a_word) {
  const CapturedLog log;
  subscribe(bus, "divides", journal).then = [](Event&) { std::feraiseexcept(FE_DIVBYZERO); };
  std::feclearexcept(FE_ALL_EXCEPT);
  publish(bus, EventKind::Step);
  BOOST_TEST(std::fetestexcept(FE_ALL_EXCEPT) == 0);
  BOOST_TEST(log.count("floating-point") == 0u);
}

BOOST_AUTO_TEST_CASE(the_report_names_all_that_are_or_were_there_and_their_cost) {
  subscribe(bus, "first", journal);
  subscribe(bus, "second", journal);
  publish(bus, EventKind::Step, 1);
  publish(bus, EventKind::Step, 2);
  bus.remove("first");
  publish(bus, EventKind::Step, 3);
  const std::vector<ObserverReport> lines = bus.report();
  BOOST_REQUIRE(lines.size() == 2u);
  BOOST_TEST(lines[0].name == "first");
  BOOST_TEST(lines[0].events == 2u);
  BOOST_TEST(lines[0].last_delivered_step == 2u);
  BOOST_TEST(lines[1].events == 3u);
  BOOST_TEST(lines[1].total_ns > 0);
  BOOST_TEST(lines[1].worst_ns <= lines[1].total_ns);
  BOOST_TEST(lines[1].worst_ns * 3 >= lines[1].total_ns);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
