// The queue between the training thread and the bus thread.
#include <boost/test/unit_test.hpp>

#include <random>
#include <thread>

#include "core/bus/event_queue.hpp"

namespace trainbus::testing {
namespace {

Event random_event(std::mt19937& random) {
  Event event;
  event.kind = static_cast<EventKind>(random() % TB_KIND_COUNT);
  event.phase = static_cast<Phase>(random() % 3);
  event.attempt = random();
  event.step = random();
  event.epoch = random();
  event.unix_ns = static_cast<std::int64_t>(random());
  event.run_ns = static_cast<std::int64_t>(random());
  for (unsigned i = random() % 20; i > 0; --i)
    event.set(intern("m" + std::to_string(i)), static_cast<double>(random()));
  event.text = std::string(random() % 3 == 0 ? random() % 700 : 0, 't');
  if (random() % 10 == 0) event.metrics.push_back(intern("loss"));
  return event;
}

void check_equal(const Event& a, const Event& b) {
  BOOST_REQUIRE(a.kind == b.kind);
  BOOST_REQUIRE(a.phase == b.phase);
  BOOST_REQUIRE(a.attempt == b.attempt);
  BOOST_REQUIRE(a.step == b.step);
  BOOST_REQUIRE(a.epoch == b.epoch);
  BOOST_REQUIRE(a.unix_ns == b.unix_ns);
  BOOST_REQUIRE(a.run_ns == b.run_ns);
  BOOST_REQUIRE(a.text == b.text);
  BOOST_REQUIRE(a.metrics.size() == b.metrics.size());
  BOOST_REQUIRE(a.scalars.size() == b.scalars.size());
  for (std::size_t i = 0; i < a.scalars.size(); ++i) {
    BOOST_REQUIRE(a.scalars[i].name.data == b.scalars[i].name.data);
    BOOST_REQUIRE(a.scalars[i].value == b.scalars[i].value);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_queue_test)

BOOST_AUTO_TEST_CASE(what_goes_in_comes_out_in_order_over_many_rounds_of_the_memory) {
  EventQueue queue(4096);
  std::mt19937 in(1), out(1), choice(2);
  QueueItem item;
  int held = 0, passed = 0;
  while (passed < 20'000) {
    if (choice() % 2) {
      std::mt19937 before = in;
      if (queue.push(random_event(in)))
        ++held;
      else
        in = before;
    } else if (held > 0) {
      queue.pop(item);
      check_equal(*item.event, random_event(out));
      --held;
      ++passed;
    }
  }
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_takes_again_after_a_pop) {
  EventQueue queue(4096);
  Event event;
  int count = 0;
  while (queue.push(event)) ++count;
  BOOST_TEST(count > 10);
  BOOST_TEST(queue.used() <= 4096u);
  QueueItem item;
  queue.pop(item);
  BOOST_TEST(queue.push(event));
}

BOOST_AUTO_TEST_CASE(newest_names_the_last_of_each_kind) {
  EventQueue queue(4096);
  QueueItem item;
  Event event;
  for (std::uint64_t round = 0; round < 40; ++round) {  // over the end of the memory
    event.step = round;
    for (const EventKind kind : {EventKind::Step, EventKind::Forward, EventKind::Step}) {
      event.kind = kind;
      BOOST_REQUIRE(queue.push(event));
    }
    const auto newest = queue.newest(queue.end());
    const auto first = queue.pop(item), second = queue.pop(item), third = queue.pop(item);
    BOOST_TEST(first < second);
    BOOST_TEST(newest[TB_ON_STEP].position == third);
    BOOST_TEST(newest[TB_ON_STEP].step == round);
    BOOST_TEST(newest[TB_ON_FORWARD].position == second);
    BOOST_TEST(newest[TB_ON_SAVE].position == 0u);
  }
}

BOOST_AUTO_TEST_CASE(two_threads_pass_a_million_events_whole) {
  EventQueue queue(1 << 14);
  constexpr std::uint64_t count = 1'000'000;
  std::thread producer([&] {
    Event event;
    event.kind = EventKind::Step;
    const tb_text name = intern("loss");
    for (std::uint64_t i = 1; i <= count; ++i) {
      event.step = i;
      event.scalars.assign(i % 7, {name, static_cast<double>(i)});
      while (!queue.push(event)) std::this_thread::yield();
    }
  });
  QueueItem item;
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 1; i <= count; ++i) {
    while (queue.position() == queue.end()) std::this_thread::yield();
    queue.pop(item);
    wrong += item.event->step != i || item.event->scalars.size() != i % 7 ||
             (i % 7 && item.event->scalars.back().value != static_cast<double>(i));
  }
  producer.join();
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_never_popped_is_freed) {
  const auto box = std::make_shared<Histogram>();
  {
    EventQueue queue(4096);
    Event event;
    event.histogram = box;
    BOOST_TEST(queue.push(event));
    auto command = std::make_unique<std::function<void()>>([box] {});
    BOOST_TEST(queue.push(command));
  }
  BOOST_TEST(box.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
