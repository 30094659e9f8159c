#include <boost/test/unit_test.hpp>

#include "jsonl_fixture.hpp"

using trainbus::Phase;

BOOST_FIXTURE_TEST_CASE(a_resume_is_marked_and_nothing_is_deleted, JsonlFixture) {
  start();
  for (std::uint64_t s = 1; s <= 3; ++s) step(s);
  const std::string before = text();
  start(2);
  step(3);
  BOOST_TEST(text().starts_with(before));
  BOOST_TEST(summary() == "train_begin 0, step 1, step 2, step 3, resume 2, train_begin 2, step 3");
  BOOST_TEST(lines().back().at("attempt").to_number<int>() == 2);
}

BOOST_FIXTURE_TEST_CASE(caught_up_events_that_are_in_the_file_are_not_written_twice, JsonlFixture) {
  host.set("events", "forward,step,evaluate");
  start();
  const auto forward = [&](std::uint64_t s, Phase phase) {
    jsonl->publish(event(TB_ON_FORWARD, s).phase(phase).set("loss", 1));
  };
  step(1);
  forward(2, Phase::Train);  // killed between the two forwards of step 2
  start(3);
  step(1, Phase::CatchUp);
  for (std::uint64_t s = 2; s <= 3; ++s) {
    forward(s, Phase::CatchUp);
    forward(s, Phase::CatchUp);
    step(s, Phase::CatchUp);
  }
  BOOST_TEST(summary() ==
             "step 1, forward 2, resume 3, forward 2, step 2, forward 3, forward 3, step 3");
}

BOOST_FIXTURE_TEST_CASE(what_an_attempt_says_of_itself_is_no_step_that_is_in_the_file,
                        JsonlFixture) {
  start();
  step(1);   // killed while step 2 was on its way here
  start(2);  // killed before it caught up
  start(2);
  step(1, Phase::CatchUp);
  step(2, Phase::CatchUp);
  jsonl->publish(event(TB_ON_TRAIN_END, 1));  // interrupted while catching up
  start(2);
  step(1, Phase::CatchUp);
  step(2, Phase::CatchUp);
  std::string steps;
  for (const auto& line : lines())
    if (line.at("type") == "step") steps += std::to_string(line.at("step").as_int64()) + " ";
  BOOST_TEST(steps == "1 2 ");
}

BOOST_FIXTURE_TEST_CASE(a_torn_tail_of_any_length_is_repaired, JsonlFixture) {
  start();
  step(1);
  step(2);
  const std::string whole = text();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    JsonlFixture again;
    again.host.files.put("metrics.jsonl", whole.substr(0, size));
    again.attempt = 1;
    again.start(2);
    for (std::uint64_t s = 1; s <= 2; ++s) again.step(s, Phase::CatchUp);
    again.step(3);
    std::size_t steps = 0;
    for (const auto& line : again.lines()) steps += line.at("type").as_string() == "step";
    BOOST_TEST(steps == 3u, "cut at " << size);
  }
}

BOOST_FIXTURE_TEST_CASE(a_file_of_somebody_else_is_refused, JsonlFixture) {
  host.files.put("metrics.jsonl", "{\"text\":\"training data\"}\n");
  BOOST_CHECK_THROW(create(), std::runtime_error);
  BOOST_TEST(text() == "{\"text\":\"training data\"}\n");
}
