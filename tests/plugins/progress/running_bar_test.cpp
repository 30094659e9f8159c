#include "progress/running_bar.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace trainbus::progress;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000, kMillisecond = 1'000'000;

std::string line(const RunningBar& bar, std::int64_t now_ns) { return bar.line(now_ns, {}); }

}  // namespace

BOOST_AUTO_TEST_SUITE(running_bar)

BOOST_AUTO_TEST_CASE(the_smoothed_mean_has_no_bias_of_its_start) {
  SmoothedMean mean(0.3);
  BOOST_TEST(mean.value() == 0);
  const std::vector<std::pair<double, double>> steps = {
      {1, 1}, {2, 1.588}, {3, 2.233}, {4, 2.931}, {10, 5.480}};
  for (const auto& [value, expected] : steps) {
    mean.add(value);
    BOOST_TEST(mean.value() == expected, boost::test_tools::tolerance(1e-3));
  }
}

BOOST_AUTO_TEST_CASE(excluded_time_counts_as_elapsed_but_not_in_the_rate) {
  RunningBar bar({.total = 100}, 0);
  bar.advance(1, kSecond);
  bar.exclude(1000 * kSecond);
  BOOST_TEST(!bar.advance(2, 1001 * kSecond));  // no time passed for the steps
  BOOST_TEST(bar.advance(2, 1002 * kSecond));
  BOOST_TEST(line(bar, 1002 * kSecond) == "  2%|▏         | 2/100 [16:42<01:38,  1.00it/s]");
  BOOST_TEST(bar.final_line(1002 * kSecond, {}).ends_with("[16:42<01:38,  1.00it/s]"));
}

BOOST_AUTO_TEST_CASE(work_that_is_due_beside_the_steps_adds_to_the_remaining_time) {
  RunningBar bar({.total = 100}, 0);
  BOOST_TEST(bar.line(0, {.due_s = 60}).ends_with("| 0/100 [00:00<?, ?it/s]"));
  bar.advance(1, kSecond);
  BOOST_TEST(bar.line(kSecond, {.due_s = 60}).ends_with("| 1/100 [00:01<02:39,  1.00it/s]"));
}

BOOST_AUTO_TEST_CASE(a_step_number_that_goes_back_leaves_the_bar_where_it_was) {
  RunningBar bar({.total = 100}, 0);
  bar.advance(5, kSecond);
  BOOST_TEST(!bar.advance(3, 2 * kSecond));
  BOOST_TEST(bar.n() == 5u);
}

BOOST_AUTO_TEST_CASE(before_the_times_that_it_names_nothing_is_due) {
  RunningBar bar({.total = 100}, 0);
  BOOST_TEST(!bar.advance(1, bar.step_due_ns() - 1));
  BOOST_TEST(bar.advance(1, bar.step_due_ns()));
  BOOST_TEST(!bar.refresh(bar.refresh_due_ns() - 1));
  BOOST_TEST(bar.refresh(bar.refresh_due_ns()));
}

BOOST_AUTO_TEST_CASE(the_final_line_shows_the_average_of_the_run) {
  RunningBar bar({.total = 4}, 0);
  bar.advance(1, kSecond);
  bar.advance(4, 8 * kSecond);
  BOOST_TEST(line(bar, 8 * kSecond).find("2.08s/it") != std::string::npos);
  BOOST_TEST(bar.final_line(8 * kSecond, {}) == "100%|██████████| 4/4 [00:08<00:00,  2.00s/it]");
}

BOOST_AUTO_TEST_CASE(without_smoothing_the_average_is_always_shown) {
  RunningBar bar({.total = 4, .smoothing = 0}, 0);
  bar.advance(1, kSecond);
  bar.advance(2, 8 * kSecond);
  BOOST_TEST(line(bar, 8 * kSecond).find("4.00s/it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refreshes_and_steps_together_draw_once_per_interval_on_average) {
  RunningBar bar({.total = 100'000}, 0);
  int draws = 0;
  std::uint64_t n = 0;
  for (std::int64_t now = 0; now < 60 * kSecond; now += 7 * kMillisecond) {
    draws += bar.refresh(now);
    if (now % (35 * kMillisecond) == 0) draws += bar.advance(++n, now);
  }
  BOOST_TEST(draws <= 600);
  BOOST_TEST(draws >= 400);
}

BOOST_AUTO_TEST_CASE(a_completed_slow_step_is_shown_at_once_although_a_refresh_came_just_before) {
  RunningBar bar({.total = 10}, 0);
  BOOST_TEST(bar.refresh(5 * kSecond));
  BOOST_TEST(bar.advance(1, 5 * kSecond + kMillisecond));
  BOOST_TEST(!bar.refresh(5 * kSecond + 150 * kMillisecond));
  BOOST_TEST(bar.refresh(5 * kSecond + 250 * kMillisecond));
}

BOOST_AUTO_TEST_CASE(notes_that_do_not_fit_are_left_out_whole) {
  const std::vector<std::string> notes = {"loss=2.3456", "lr=1.00e-04"};
  const RunningBar bar({.prefix = "Training", .total = 1000, .initial = 450}, 0);
  const auto at = [&](std::size_t width) { return bar.line(0, {.room = {width}, .notes = notes}); };
  BOOST_TEST(at(69) == "Training:  45%|▍| 450/1000 [00:00<?, ?it/s, loss=2.3456, lr=1.00e-04]");
  BOOST_TEST(at(68) == "Training:  45%|█████▊       | 450/1000 [00:00<?, ?it/s, loss=2.3456]");
  BOOST_TEST(at(43) == "Training:  45%|▍| 450/1000 [00:00<?, ?it/s]");
  BOOST_TEST(at(20) == "Training:  45%|▍| 45");
  const RunningBar endless({.prefix = "Training", .initial = 450}, 0);
  BOOST_TEST(endless.line(0, {.room = {44}, .notes = notes}) ==
             "Training: 450it [00:00, ?it/s, loss=2.3456]");
  BOOST_TEST(endless.line(0, {.room = {42}, .notes = notes}) == "Training: 450it [00:00, ?it/s]");
}

BOOST_AUTO_TEST_CASE(a_clock_that_stands_still_or_steps_that_repeat_are_harmless) {
  RunningBar bar({.total = 10, .min_interval_ns = 0}, 0);
  BOOST_TEST(bar.advance(1, 0));
  BOOST_TEST(!bar.advance(1, 0));
  BOOST_TEST(line(bar, 0) == " 10%|█         | 1/10 [00:00<?, ?it/s]");
}

BOOST_AUTO_TEST_CASE(a_least_number_of_steps_from_draw_to_draw_is_kept) {
  RunningBar bar({.total = 1000, .min_interval_ns = 30 * kSecond, .min_steps = 50}, 0);
  BOOST_TEST(!bar.advance(60, 29 * kSecond));
  BOOST_TEST(bar.advance(60, 30 * kSecond));
  BOOST_TEST(!bar.advance(109, 90 * kSecond));
  BOOST_TEST(bar.advance(110, 91 * kSecond));
}

BOOST_AUTO_TEST_SUITE_END()
