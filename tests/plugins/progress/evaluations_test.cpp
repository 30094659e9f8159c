#include "progress/evaluations.hpp"

#include <boost/test/unit_test.hpp>

using trainbus::progress::Evaluations;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// One after the given step that takes so long.
void evaluate(Evaluations& evaluations, bool test, std::uint64_t step, std::int64_t seconds) {
  evaluations.begin(0);
  BOOST_TEST(evaluations.end(test, step, seconds * kSecond) == seconds * kSecond);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluations)

BOOST_AUTO_TEST_CASE(none_are_due_where_none_are_planned_or_none_was_seen) {
  BOOST_TEST(Evaluations().due_s() == 0);
  BOOST_TEST(Evaluations({.total_steps = 100, .every = 10, .tests = 1}).due_s() == 0);
  Evaluations endless({.every = 10});
  evaluate(endless, false, 10, 5);
  BOOST_TEST(endless.due_s() == 0);
}

BOOST_AUTO_TEST_CASE(each_kind_is_due_at_the_mean_of_its_own) {
  Evaluations all({.total_steps = 100, .every = 25, .tests = 1});
  evaluate(all, true, 0, 60);  // before the first step: not the one that is planned
  BOOST_TEST(all.due_s() == 4 * 60 + 60);
  evaluate(all, false, 25, 10);
  evaluate(all, false, 50, 20);
  BOOST_TEST(all.due_s() == 2 * 15 + 60);
  evaluate(all, false, 75, 15);
  evaluate(all, false, 100, 15);
  BOOST_TEST(all.due_s() == 60);
  evaluate(all, true, 100, 60);
  BOOST_TEST(all.due_s() == 0);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_owes_only_what_is_left) {
  Evaluations rest({.total_steps = 105, .initial_step = 60, .every = 25});
  evaluate(rest, false, 75, 10);
  BOOST_TEST(rest.due_s() == 10);  // that of step 100
}

BOOST_AUTO_TEST_CASE(an_evaluation_that_ends_twice_or_came_to_nothing_counts_once_or_not) {
  Evaluations all({.total_steps = 100, .every = 50});
  BOOST_TEST(all.end(false, 50, kSecond) == 0);
  all.begin(0);
  all.begin(5 * kSecond);
  BOOST_TEST(all.abandon(7 * kSecond) == 7 * kSecond);
  BOOST_TEST(all.abandon(9 * kSecond) == 0);
  BOOST_TEST(all.due_s() == 0);
  all.begin(9 * kSecond);
  BOOST_TEST(all.end(false, 50, 8 * kSecond) == 0);  // no time runs backwards
}

BOOST_AUTO_TEST_SUITE_END()
