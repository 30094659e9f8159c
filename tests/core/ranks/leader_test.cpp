// The leader's rules of a round, one by one. chaos_test.cpp has all of them together.
#include <boost/test/unit_test.hpp>

#include "core/ranks/table.hpp"

namespace trainbus::testing {
namespace {

using namespace ranks;
using namespace std::chrono_literals;

const std::vector<std::size_t> all_four = {0, 1, 2, 3};

}  // namespace

BOOST_AUTO_TEST_SUITE(leader_test)

BOOST_AUTO_TEST_CASE(alone_it_computes_everything) {
  Table table;
  table.leader.begin(table.work(0));
  BOOST_TEST(table.leader.finish());
  BOOST_TEST(table.computed == all_four, boost::test_tools::per_element());
  BOOST_TEST(table.taken == all_four, boost::test_tools::per_element());
  BOOST_TEST(table.leader.size() == 1u);
}

BOOST_AUTO_TEST_CASE(numbers_and_the_next_deal_come_in_one) {
  Table table;
  table.links.join(1);
  table.gather(1);
  const auto first = table.links.take_sent(1);
  BOOST_TEST(of_kind<Records>(first).size() == 1u);
  BOOST_TEST((of_kind<Deal>(first) == std::vector<Deal>{{0, {2, 1}}}));
  table.leader.begin(table.work(0));
  table.answer(1, 0, {1, 3});
  BOOST_TEST(table.leader.finish());
  BOOST_TEST(table.computed == (std::vector<std::size_t>{0, 2}), boost::test_tools::per_element());
  const auto sent = table.links.take_sent(1);
  BOOST_REQUIRE(sent.size() == 2u);
  BOOST_TEST((std::get<Result>(sent[0]) == Result{0, false, {{1, 1, 1, 1}, {0, 1, 2, 3}}}));
  BOOST_TEST((std::get<Deal>(sent[1]) == Deal{1, {2, 1}}));
}

BOOST_AUTO_TEST_CASE(an_evaluation_before_the_first_step_is_shared) {
  Table table;
  table.links.join(1);
  table.gather(1);
  table.links.take_sent(1);
  ranks::Work work = table.work(0);
  work.kind = ranks::Work::Kind::Evaluation;
  work.compute = [&, compute = work.compute](std::size_t item, std::vector<float>& numbers) {
    if (item == 0) table.answer(1, evaluation_round, {1, 3});  // it was asked by now
    compute(item, numbers);
  };
  BOOST_TEST(table.leader.evaluate(work));
  BOOST_TEST(table.computed == (std::vector<std::size_t>{0, 2}), boost::test_tools::per_element());
  BOOST_TEST(of_kind<Evaluate>(table.links.take_sent(1)).at(0).hand.has(1));
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_before_the_round_begins_counts) {
  Table table;
  table.links.join(1);
  table.gather(1);
  table.play(0);
  table.answer(1, 1, {1, 3});
  BOOST_TEST(!table.leader.must_end().size());
  Work evaluation = table.work(0, 1);
  evaluation.kind = Work::Kind::Evaluation;
  BOOST_TEST(table.leader.evaluate(evaluation));  // reads what arrived
  table.leader.begin(table.work(1));
  table.links.on_wait = [] { throw std::logic_error("it waits for what is there"); };
  BOOST_TEST(table.leader.finish());
}

BOOST_AUTO_TEST_CASE(whoever_is_silent_for_the_patience_is_lost_and_his_items_are_computed) {
  Table table({.patience = 5s});
  for (const WorkerId id : {1, 2}) table.links.join(id);
  table.gather(2);
  table.leader.begin(table.work(0, 6));
  table.answer(1, 0, {1, 4});
  table.links.silent_since[2] = table.links.time;
  const Nanoseconds before = table.links.time;
  // Item 2 falls to the leader, item 5 to worker 1, which answers when it is asked.
  table.links.on_wait = [&] {
    for (const Again& again : of_kind<Again>(table.links.take_sent(1)))
      table.answer(1, 0, again.items);
  };
  BOOST_TEST(table.leader.finish());
  BOOST_TEST((table.links.time - before == 5s));
  BOOST_TEST(table.was_told("nothing was heard of it for 5 s, with its part of step 1 open"));
  BOOST_TEST(table.was_told("The run goes on with 2 processes"));
  BOOST_TEST(table.severe_count == 1);
  BOOST_TEST(table.links.dropped.at(2));
  BOOST_TEST(table.taken.size() == 6u);
  BOOST_TEST(table.leader.size() == 2u);
}

BOOST_AUTO_TEST_CASE(whoever_is_alive_but_hangs_is_lost_and_told_why) {
  Table table({.patience = 5s});
  table.links.join(1);
  table.gather(1);
  table.leader.begin(table.work(0));
  BOOST_TEST(table.leader.finish());
  BOOST_TEST(table.was_told("it is alive, but its part of step 1 is still open"));
  const auto ends = of_kind<End>(table.links.take_sent(1));
  BOOST_REQUIRE(ends.size() == 1u);
  BOOST_TEST((ends[0].how == End::How::Failed));
  BOOST_TEST(!table.links.dropped.at(1));
}

BOOST_AUTO_TEST_CASE(a_slow_worker_has_ten_times_as_long_as_the_others_needed) {
  Table table({.patience = 5s});
  table.links.join(1);
  table.gather(1);
  Work work = table.work(0, 2);
  work.compute = [&](std::size_t item, std::vector<float>& numbers) {
    table.links.time += 3s;
    numbers = {static_cast<float>(item)};
  };
  table.leader.begin(work);
  const Nanoseconds slow = table.links.time + 29s;
  table.links.on_wait = [&] {
    if (table.links.time >= slow - 5s) table.answer(1, 0, {1});
  };
  BOOST_TEST(table.leader.finish());
  BOOST_TEST(table.severe_count == 0);
}

BOOST_AUTO_TEST_CASE(other_parameters_are_found_and_the_worker_is_dropped) {
  Table table;
  for (const WorkerId id : {1, 2}) table.links.join(id);
  table.gather(2);
  table.leader.begin(table.work(0, 3));
  table.answer(1, 0, {1}, 8);
  table.answer(2, 0, {2});
  table.links.on_wait = [&] {
    for (const Again& again : of_kind<Again>(table.links.take_sent(2)))
      table.answer(2, 0, again.items);
  };
  BOOST_TEST(table.leader.finish());
  BOOST_TEST(table.was_told("its parameters are no longer those of the run (found at step 1)"));
  BOOST_TEST(table.leader.size() == 2u);
}

BOOST_AUTO_TEST_CASE(lost_items_of_parameters_that_are_gone_abandon_the_step) {
  Table table({.overlap = 1});
  table.links.join(1);
  table.gather(1);
  table.leader.begin(table.work(0));
  table.leader.begin(table.work(1));
  table.answer(1, 0, {1, 3});
  table.leader.finish();
  table.leader.parameters_changed();
  table.links.arrivals.push_back({1, Arrival::What::Lost, "reset", -1});
  BOOST_CHECK_THROW(table.leader.begin(table.work(2)), StepAbandoned);
}

// Workers that replay are past the update after it by the time that they could compute them.
BOOST_AUTO_TEST_CASE(with_overlap_lost_items_of_the_first_round_are_the_leaders) {
  Table table({.overlap = 1});
  table.links.join(1);
  table.links.join(2);
  table.gather(2);
  table.links.arrivals.push_back({1, Arrival::What::Lost, "reset", -1});
  table.leader.begin(table.work(0));
  BOOST_TEST((table.computed == std::vector<std::size_t>{0, 1, 3}));
  BOOST_TEST(of_kind<Again>(table.links.take_sent(2)).empty());
}

BOOST_AUTO_TEST_CASE(with_overlap_lost_items_of_the_next_round_are_computed_before_the_update) {
  Table table({.overlap = 1});
  table.links.join(1);
  table.gather(1);
  table.leader.begin(table.work(0));
  table.leader.begin(table.work(1));
  table.answer(1, 0, {1, 3});
  table.links.arrivals.push_back({1, Arrival::What::Lost, "reset", -1});
  table.leader.finish();
  BOOST_TEST(table.computed.size() == 6u);  // 0, 2; 0, 2; and what it had of the second round
}

BOOST_AUTO_TEST_CASE(give_up_is_asked_between_the_leaders_own_items) {
  Table table;
  table.links.join(1);
  table.gather(1);
  table.play(0);
  table.computed.clear();
  table.links.take_sent(1);
  Work work = table.work(0, 100);
  work.give_up = [&] { return table.computed.size() >= 3; };
  BOOST_TEST(!table.leader.evaluate(work));
  BOOST_TEST(table.computed.size() == 3u);
  const auto sent = table.links.take_sent(1);
  BOOST_TEST(of_kind<Evaluate>(sent).size() == 1u);
  BOOST_TEST(of_kind<Result>(sent).at(0).given_up);
  // What is answered to it afterwards is nobody's.
  table.answer(1, evaluation_round, {1});
  table.leader.begin(table.work(1));
  BOOST_TEST(table.severe_count == 0);
}

BOOST_AUTO_TEST_CASE(nonsense_costs_the_worker_its_place_and_nothing_else) {
  const Message wrong[] = {
      Deal{}, Result{}, Again{}, Evaluate{}, Records{}, End{}, Answer{0, 7, {1}, {{2}, {1, 2}}}};
  for (const Message& message : wrong) {
    Table table;
    table.links.join(1);
    table.gather(1);
    table.leader.begin(table.work(0));
    table.links.say(1, message);
    BOOST_TEST(table.leader.finish());
    BOOST_TEST(table.severe_count == 1, "kind " << message.index());
    BOOST_TEST(table.taken == all_four, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(answers_to_others_items_are_not_taken) {
  Table table;
  for (const WorkerId id : {1, 2}) table.links.join(id);
  table.gather(2);
  table.leader.begin(table.work(0, 3));
  Answer others{0, 7, {0, 2, 99, 1, 1}, {{1, 1, 1, 1, 1}, {9, 9, 9, 1, 8}}};
  table.links.say(1, others);
  table.answer(2, 0, {2});
  table.links.take_sent(1);
  table.leader.finish();
  BOOST_TEST((of_kind<Result>(table.links.take_sent(1)).at(0).numbers.values ==
              std::vector<float>{0, 1, 2}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
