// Who takes part: those that come, leave, or belong to a fixed group.
#include <boost/test/unit_test.hpp>

#include "core/ranks/table.hpp"

namespace trainbus::testing {

using namespace ranks;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(leader_members_test)

BOOST_AUTO_TEST_CASE(one_that_leaves_does_its_items_and_is_released) {
  Table table({.fewest_ranks = 2});
  table.links.join(1);
  table.gather(1);
  table.leader.begin(table.work(0));
  table.links.say(1, Leave{"signal 15"});
  table.answer(1, 0, {1, 3});
  table.links.take_sent(1);
  BOOST_TEST(table.leader.finish());
  const auto sent = table.links.take_sent(1);
  BOOST_REQUIRE(sent.size() == 3u);  // the numbers, no part of the next round, the end
  BOOST_TEST((std::get<Deal>(sent[1]).hand == Hand::none(1)));
  BOOST_TEST((std::get<End>(sent[2]).how == End::How::Released));
  BOOST_TEST(table.was_told("leaves: signal 15"));
  BOOST_TEST(table.severe_count == 0);
  BOOST_TEST(table.leader.must_end() == "fewer than 2 processes are left");
}

// It answers what it was promised, with a check that has to be compared with something.
BOOST_AUTO_TEST_CASE(the_only_worker_may_leave_with_a_part_of_the_next_round) {
  Table table;
  table.links.join(1);
  table.gather(1);
  table.play(0);
  table.links.say(1, Leave{"signal 15"});
  table.play(1);
  BOOST_TEST(table.severe_count == 0);
  BOOST_TEST((of_kind<End>(table.links.take_sent(1)).at(0).how == End::How::Released));
}

BOOST_AUTO_TEST_CASE(one_that_leaves_before_its_first_round_computes_what_it_was_dealt) {
  Table table;
  table.links.join(1);
  table.gather(1);
  table.links.say(1, Leave{"signal 15"});
  table.play(0);
  const auto sent = table.links.take_sent(1);
  BOOST_TEST(of_kind<Deal>(sent).at(0).hand.has(1));
  BOOST_TEST((of_kind<End>(sent).at(0).how == End::How::Released));
}

BOOST_AUTO_TEST_CASE(one_that_leaves_gets_nothing_of_an_evaluation_it_was_not_asked_for) {
  Table table;
  table.links.join(1);
  table.gather(1);
  table.play(0);
  table.links.take_sent(1);
  table.links.say(1, Leave{"signal 15"});
  table.leader.evaluate(table.work(0, 5));
  BOOST_TEST(table.links.take_sent(1).empty());
}

BOOST_AUTO_TEST_CASE(a_latecomer_gets_the_records_and_joins_at_a_steps_first_round) {
  Table table;
  table.leader.begin(table.work(0));
  table.leader.finish();
  table.links.come(1, 1);
  for (const std::uint64_t step : {1, 2}) {
    table.leader.begin(table.work(step));
    table.leader.finish();
  }
  BOOST_TEST(of_kind<Records>(table.links.take_sent(1)).at(0).step == 0u);
  table.links.say(1, Ready{0});
  table.leader.begin(table.work(2));  // the second round of this step
  BOOST_TEST(table.links.take_sent(1).empty());
  table.leader.finish();
  table.leader.begin(table.work(3));
  const auto sent = table.links.take_sent(1);
  BOOST_REQUIRE(sent.size() == 2u);
  BOOST_TEST(std::get<Records>(sent[0]).step == 3u);
  BOOST_TEST((std::get<Deal>(sent[1]) == Deal{4, Hand::none(1)}));
  BOOST_TEST((table.asked.back() == std::pair<std::uint64_t, std::uint64_t>{0, 3}));
  table.answer(1, 4, {});
  table.leader.finish();
  BOOST_TEST((of_kind<Deal>(table.links.take_sent(1)) == std::vector<Deal>{{5, {2, 1}}}));
}

BOOST_AUTO_TEST_CASE(one_that_is_far_behind_catches_up_first) {
  Table table;
  table.leader.begin(table.work(0));
  table.leader.finish();
  table.links.join(1);
  table.leader.begin(table.work(65));  // it has no step of them
  auto sent = table.links.take_sent(1);
  BOOST_TEST(of_kind<Records>(sent).back().step == 65u);
  BOOST_TEST(of_kind<Deal>(sent).empty());
  table.leader.finish();
  table.links.say(1, Ready{65});
  table.leader.begin(table.work(66));
  sent = table.links.take_sent(1);
  BOOST_TEST(std::get<Records>(sent.at(0)).step == 66u);
  BOOST_TEST((table.asked.back() == std::pair<std::uint64_t, std::uint64_t>{65, 66}));
  BOOST_TEST(of_kind<Deal>(sent).size() == 1u);
}

BOOST_AUTO_TEST_CASE(with_overlap_a_latecomer_begins_the_round_before_at_other_parameters) {
  Table table({.overlap = 1});
  table.leader.begin(table.work(0));
  table.leader.begin(table.work(1));
  table.leader.finish();
  table.leader.parameters_changed();
  table.links.join(1);
  table.leader.begin(table.work(2));
  const std::vector<Deal> deals = {{1, Hand::none(1)}, {2, {2, 1}}};
  BOOST_TEST((of_kind<Deal>(table.links.take_sent(1)) == deals));
  table.answer(1, 1, {}, 99);
  Work look = table.work(0, 1);
  look.check = {};
  BOOST_TEST(table.leader.evaluate(look));  // hears what arrived
  BOOST_TEST(table.severe_count == 0);
  table.answer(1, 2, {}, 99);  // the first that counts
  BOOST_TEST(table.leader.evaluate(look));
  BOOST_TEST(table.was_told("found at step 3"));
  BOOST_TEST(table.leader.finish());
}

BOOST_AUTO_TEST_CASE(a_fixed_group_loses_nobody_and_takes_nobody_in) {
  Table table({.is_fixed = true});
  table.links.join(1);
  table.gather(1);
  table.links.come(2, 2);  // is not ready when the first step begins
  table.leader.begin(table.work(0));
  BOOST_TEST((of_kind<End>(table.links.take_sent(2)).at(0).how == End::How::Failed));
  table.answer(1, 0, {1, 3});
  table.leader.finish();
  table.links.join(3);
  table.leader.begin(table.work(1));
  BOOST_TEST((of_kind<End>(table.links.take_sent(3)).at(0).how == End::How::Failed));
  BOOST_TEST(table.was_told("rank 3 is sent away"));
  table.links.arrivals.push_back({1, Arrival::What::Lost, "reset", -1});
  BOOST_CHECK_THROW(table.leader.finish(), StepAbandoned);
}

// With one worker lost whose part of step 2 belongs to the parameters before step 1's update.
void abandon(Table& table) {
  table.leader.begin(table.work(0));
  table.leader.begin(table.work(1));
  table.answer(1, 0, {1});
  table.answer(2, 0, {2});
  table.answer(2, 1, {2});
  table.leader.finish();
  table.leader.parameters_changed();
  table.links.arrivals.push_back({1, Arrival::What::Lost, "reset", -1});
  BOOST_CHECK_EXCEPTION(table.leader.begin(table.work(2)), StepAbandoned,
                        [](const StepAbandoned& abandoned) { return abandoned.can_begin_anew; });
  table.links.take_sent(2);
}

BOOST_AUTO_TEST_CASE(the_workers_that_are_left_begin_anew) {
  Table table({.overlap = 1});
  table.links.join(1);
  table.links.join(2);
  table.gather(2);
  abandon(table);
  table.leader.begin_anew("rank 1 is lost");
  BOOST_TEST(
      (of_kind<End>(table.links.take_sent(2)).at(0) == End{End::How::Anew, "rank 1 is lost"}));
  BOOST_TEST(table.leader.here() == 1u);
  // Words of before are void, of whatever kind.
  table.answer(2, 2, {0, 1, 2, 3}, 99);
  table.links.say(2, Ready{1});
  table.links.say(2, Leave{"signal 15"});
  table.gather(1, 1);
  BOOST_TEST(table.leader.ready() == 0u);
  table.links.say(2, Anew{});
  table.links.say(2, Ready{1});
  table.gather(1, 1);
  const auto sent = table.links.take_sent(2);
  BOOST_TEST((of_kind<Records>(sent).at(0).step == 1u));
  BOOST_TEST((of_kind<Deal>(sent).at(0) == Deal{0, {2, 1}}));
  BOOST_TEST((of_kind<Deal>(sent).at(1) == Deal{1, {2, 1}}));
  table.taken.clear();
  table.leader.begin(table.work(1));
  table.leader.begin(table.work(2));
  table.answer(2, 0, {1, 3});
  table.leader.finish();
  BOOST_TEST(table.taken.size() == 4u);
  table.links.say(2, Anew{});  // unasked
  table.leader.begin(table.work(3));
  BOOST_TEST(table.was_told("it begins anew, unasked"));
}

BOOST_AUTO_TEST_CASE(one_that_is_silent_is_not_waited_for_when_all_begin_anew) {
  Table table({.patience = 5s, .overlap = 1});
  table.links.join(1);
  table.links.join(2);
  table.gather(2);
  abandon(table);
  table.leader.begin_anew("rank 1 is lost");
  table.links.silent_since[2] = table.links.time;
  const Nanoseconds before = table.links.time;
  table.leader.gather(1, 1, before + 100s, [&] { return table.leader.here() == 0; });
  BOOST_TEST((table.links.time - before < 6s));
  BOOST_TEST(table.was_told("nothing was heard of it for 5 s"));
}

BOOST_AUTO_TEST_CASE(a_run_that_begins_anew_with_too_few_processes_ends_in_order) {
  Table table({.overlap = 1, .fewest_ranks = 2});
  table.links.join(1);
  table.links.join(2);
  table.gather(2);
  abandon(table);
  table.leader.begin_anew("rank 1 is lost");
  table.links.arrivals.push_back({2, Arrival::What::Lost, "reset", -1});
  table.leader.gather(1, 1, table.links.time + 10s, [&] { return table.leader.here() == 0; });
  BOOST_TEST(table.leader.must_end() == "fewer than 2 processes are left");
}

BOOST_AUTO_TEST_CASE(a_run_with_too_few_processes_does_not_begin_anew) {
  Table table({.overlap = 1, .fewest_ranks = 2});
  table.links.join(1);
  table.gather(1);
  table.leader.begin(table.work(0));
  table.leader.begin(table.work(1));
  table.answer(1, 0, {1, 3});
  table.leader.finish();
  table.leader.parameters_changed();
  table.links.arrivals.push_back({1, Arrival::What::Lost, "reset", -1});
  BOOST_CHECK_EXCEPTION(table.leader.begin(table.work(2)), StepAbandoned,
                        [](const StepAbandoned& abandoned) { return !abandoned.can_begin_anew; });
}

BOOST_AUTO_TEST_CASE(the_end_is_told_to_all_also_to_those_who_just_came) {
  Table table;
  table.links.join(1);
  table.gather(1);
  table.links.come(2, 2);
  table.leader.end(End::How::Interrupted, "signal 15");
  for (const WorkerId id : {1, 2}) {
    const auto ends = of_kind<End>(table.links.take_sent(id));
    BOOST_REQUIRE(ends.size() == 1u);
    BOOST_TEST((ends[0] == End{End::How::Interrupted, "signal 15"}));
    BOOST_TEST(!table.links.dropped.at(id));
  }
}

BOOST_AUTO_TEST_CASE(gathering_ends_when_all_are_there_or_the_time_is_over_or_it_is_given_up) {
  Table table;
  const Nanoseconds before = table.links.time;
  table.leader.gather(1, 5, before + 10s, {});
  BOOST_TEST((table.links.time - before == 10s));
  int asked = 0;
  table.leader.gather(1, 5, before + 100s, [&] { return ++asked > 3; });
  BOOST_TEST((table.links.time - before < 11s));
  table.links.join(1, 5);
  const Nanoseconds here = table.links.time;
  table.leader.gather(1, 5, here + 10s, {});
  BOOST_TEST((table.links.time == here));
  BOOST_TEST(table.leader.ready() == 1u);
  BOOST_TEST((table.asked.back() == std::pair<std::uint64_t, std::uint64_t>{0, 5}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
