// The plugin, driven through its C interface with a clock of the test's own.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>

#include "progress_run.hpp"

using namespace progress_testing;
using trainbus::Phase;

BOOST_FIXTURE_TEST_SUITE(progress, Run)

BOOST_AUTO_TEST_CASE(it_is_left_out_where_bars_are_disabled) {
  BOOST_TEST(std::string(observer.id) == "progress");
  BOOST_TEST(observer.role == TB_ROLE_SINK);
  BOOST_TEST((observer.flags & TB_OBSERVER_TERMINAL) != 0u);
}

BOOST_AUTO_TEST_CASE(it_wants_the_events_that_it_shows_and_no_others) {
  std::uint64_t wanted = 0;
  for (const unsigned kind : {TB_ON_TRAIN_BEGIN, TB_ON_FORWARD, TB_ON_STEP, TB_ON_EVAL_BEGIN,
                              TB_ON_PREDICTION_STEP, TB_ON_EVALUATE, TB_ON_SAVE, TB_ON_TRAIN_END})
    wanted |= std::uint64_t{1} << kind;
  BOOST_TEST(observer.wants == wanted);
  BOOST_TEST((observer.flags & TB_OBSERVER_LOSSY) != 0u);
}

BOOST_AUTO_TEST_CASE(it_starts_with_an_empty_bar_and_shows_loss_and_rate_after_a_step) {
  begin();
  BOOST_TEST(line().ends_with("| 0/1000 [00:00<?, ?it/s]"));
  step(450, 135.5);
  BOOST_TEST(line() ==
             "Training:  45%|██████████▊             | 450/1000 [02:15<02:45,  3.32it/s, "
             "loss=2.3456, lr=1.00e-04]");
}

BOOST_AUTO_TEST_CASE(a_forward_pass_shows_the_steps_that_passed_unseen_before_it) {
  begin();
  publish(at(TB_ON_FORWARD, 1).step(500).set("loss", 2));
  BOOST_TEST(line().find("| 499/1000 ") != std::string::npos);
  step(500, 1.5);
  BOOST_TEST(line().find("| 500/1000 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_last_line_has_the_numbers_of_the_last_step) {
  begin(3);
  step(1, 1, 5);
  step(2, 1.01, 4);  // no draw is due
  step(3, 1.02, 3);
  publish(at(TB_ON_TRAIN_END, 1.03).step(3));
  BOOST_TEST(host.terminal.printed.back().find("loss=3.0000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_forward_pass_refreshes_the_loss_but_does_not_advance) {
  begin();
  publish(at(TB_ON_FORWARD, 0.05).step(1).set("loss", 9));
  BOOST_TEST(line().find("loss") == std::string::npos);  // not due yet
  publish(at(TB_ON_FORWARD, 0.2).step(1).set("loss", 7));
  BOOST_TEST(line().find("| 0/1000 [00:00<?, ?it/s, loss=7.0000]") != std::string::npos);
  step(1, 0.21, 6.5);
  BOOST_TEST(line().find("| 1/1000 [") != std::string::npos);
  BOOST_TEST(line().find("loss=6.5000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_draws_at_most_ten_times_a_second) {
  begin(100'000);
  const std::size_t before = host.terminal.draws.size();
  for (int i = 1; i <= 10'000; ++i) {
    publish(at(TB_ON_FORWARD, i * 1e-3).step(static_cast<std::uint64_t>(i)).set("loss", 1));
    step(static_cast<std::uint64_t>(i), i * 1e-3);
  }
  BOOST_TEST(host.terminal.draws.size() - before <= 100u);
  BOOST_TEST(host.terminal.draws.size() - before >= 90u);
}

BOOST_AUTO_TEST_CASE(the_running_loss_of_ema_takes_the_place_of_the_loss) {
  publish(at(TB_ON_TRAIN_BEGIN, 0).set("total_steps", 10).metrics({"loss", "lr", "ema/loss"}));
  publish(at(TB_ON_FORWARD, 1).step(1).set("loss", 9));
  BOOST_TEST(line().find("loss=") == std::string::npos);
  publish(at(TB_ON_STEP, 2).step(1).set("loss", 9).set("ema/loss", 4));
  BOOST_TEST(line().find("loss=4.0000") != std::string::npos);
  publish(at(TB_ON_FORWARD, 3).step(2).set("loss", 9));
  BOOST_TEST(line().find("loss=4.0000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_running_loss_that_was_not_declared_is_shown_once_it_comes) {
  begin();
  publish(at(TB_ON_STEP, 1).step(1).set("loss", 9).set("slow/loss", 3));
  BOOST_TEST(line().find("loss=9.0000") != std::string::npos);
  publish(at(TB_ON_STEP, 2).step(2).set("loss", 9).set("ema/loss", 4));
  BOOST_TEST(line().find("loss=4.0000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(further_metrics_are_shown_on_request) {
  host.terminal.columns = 160;
  host.set("show", "grad_norm, eval/accuracy,,missing");
  begin();
  publish(at(TB_ON_STEP, 1).step(1).set("loss", 1).set("lr", 1).set("grad_norm", 123456.789));
  publish(at(TB_ON_EVALUATE, 1).step(1).set("eval/accuracy", 0.91));
  step(2, 2);
  BOOST_TEST(
      line().ends_with(", loss=2.3456, lr=1.00e-04, grad_norm=1.23e+5, eval/accuracy=0.91]"));
}

BOOST_AUTO_TEST_CASE(a_resumed_run_continues_and_ignores_what_is_published_again) {
  begin(1000, 450);
  BOOST_TEST(line().find(" 450/1000 [00:00<?, ?it/s]") != std::string::npos);
  publish(at(TB_ON_STEP, 1).step(449).phase(Phase::CatchUp).set("loss", 1));
  BOOST_TEST(line().find(" 450/1000 [00:00<?, ?it/s]") != std::string::npos);
  step(451, 2);
  BOOST_TEST(line().find(" 451/1000 [00:02<18:18,  2.00s/it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_end_leaves_the_line_with_the_average) {
  begin(4);
  step(1, 1);
  step(4, 8);
  publish(at(TB_ON_TRAIN_END, 8).text("completed"));
  BOOST_TEST(host.terminal.live.empty());
  BOOST_TEST_REQUIRE(host.terminal.printed.size() == 1u);
  BOOST_TEST(host.terminal.printed[0].find("4/4 [00:08<00:00,  2.00s/it, loss=2.3456") !=
             std::string::npos);
  step(5, 9);
  BOOST_TEST(host.terminal.live.empty());
}

BOOST_AUTO_TEST_CASE(a_failure_during_an_evaluation_closes_both_lines) {
  begin(4);
  step(2, 2);
  publish(at(TB_ON_EVAL_BEGIN, 2).set("batches", 40));
  publish(at(TB_ON_TRAIN_END, 9).text("failed: no memory"));
  BOOST_TEST(host.terminal.live.empty());
  BOOST_TEST_REQUIRE(host.terminal.printed.size() == 1u);
  BOOST_TEST(host.terminal.printed[0].find("2/4 [00:09<00:02,") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_end_without_a_beginning_is_silent) {
  publish(at(TB_ON_TRAIN_END, 0).text("failed: nothing to train"));
  BOOST_TEST(host.terminal.printed.empty());
}

BOOST_AUTO_TEST_CASE(an_evaluation_has_its_own_line_and_its_time_is_not_training) {
  begin(10);
  step(1, 1);
  publish(at(TB_ON_EVAL_BEGIN, 1).step(1).set("batches", 40));
  BOOST_TEST(line(1).starts_with("Evaluating:   0%|"));
  for (int i = 1; i <= 12; ++i)
    publish(at(TB_ON_PREDICTION_STEP, 1 + i * 0.25).step(1).set("batch", i).set("batches", 40));
  BOOST_TEST(line(1).starts_with("Evaluating:  30%|█"));
  BOOST_TEST(line(1).ends_with("| 12/40 [00:03<00:07,  4.00it/s]"));
  publish(at(TB_ON_EVALUATE, 101).step(1).set("eval/loss", 1));
  BOOST_TEST(host.terminal.live.count(1) == 0u);
  step(2, 102);
  BOOST_TEST(line().find(" 2/10 [01:42<00:08,  1.00it/s") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_width_is_asked_for_at_each_draw_or_fixed_by_an_option) {
  begin();
  step(450, 135.5);
  host.terminal.columns = 79;
  step(451, 136);
  BOOST_TEST(line().ends_with(", loss=2.3456, lr=1.00e-04]"));
  host.terminal.columns = 39;
  step(452, 137);
  BOOST_TEST(line() == "Training:  45%|▍| 452/1000 [02:17<02:47");
  Run fixed;
  fixed.host.set("width", "62").set("ascii", "yes").set("desc", "Tuning");
  fixed.begin();
  fixed.step(450, 135.5);
  BOOST_TEST(fixed.line() == "Tuning:  45%|4| 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456]");
}

BOOST_AUTO_TEST_CASE(without_block_characters_digits_are_drawn) {
  host.terminal.flags = TB_TERMINAL_INTERACTIVE;
  begin();
  step(450, 135.5);
  BOOST_TEST(line().starts_with("Training:  45%|##########8  "));
}

BOOST_AUTO_TEST_CASE(without_a_terminal_service_there_is_no_bar_at_all) {
  host.withhold(TB_EXTENSION_TERMINAL);
  begin();
  step(1, 1);
  publish(at(TB_ON_EVAL_BEGIN, 1));
  publish(at(TB_ON_EVALUATE, 2));
  publish(at(TB_ON_TRAIN_END, 2));
  BOOST_TEST(host.terminal.printed.empty());
  BOOST_TEST(host.log.empty());
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_do_no_harm) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  publish(at(TB_ON_TRAIN_BEGIN, 0).set("total_steps", nan).set("initial_step", -1));
  step(1, 1, nan, -std::numeric_limits<double>::infinity());
  BOOST_TEST(line() == "Training: 1it [00:01,  1.00it/s, loss=nan, lr=-inf]");
  publish(EventBuilder(63).step(1));
}

BOOST_AUTO_TEST_CASE(steps_that_were_not_seen_are_counted_all_the_same) {
  begin(10'000);
  step(1, 1);
  step(3001, 2);
  step(7001, 3);
  BOOST_TEST(line().find(" 7001/10000 [") != std::string::npos);
  publish(at(TB_ON_EVAL_BEGIN, 3).step(7001).set("batches", 40));
  publish(at(TB_ON_PREDICTION_STEP, 5).step(7001).set("batch", 33).set("batches", 40));
  BOOST_TEST(line(1).find(" 33/40 [") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_last_step_is_on_the_last_line_although_no_draw_was_due) {
  begin(10);
  step(9, 1);
  step(10, 1.001);
  publish(at(TB_ON_TRAIN_END, 1.001).step(10).text("completed"));
  BOOST_TEST(host.terminal.printed.at(0).find("10/10 [") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_step_that_failed_is_not_counted) {
  begin(10);
  step(4, 1);
  publish(at(TB_ON_TRAIN_END, 2).step(5).text("failed: no memory"));
  BOOST_TEST(host.terminal.printed.at(0).find(" 4/10 [") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_shows_its_attempt) {
  publish(at(TB_ON_TRAIN_BEGIN, 0).attempt(3).set("total_steps", 10).set("initial_step", 5));
  BOOST_TEST(line().starts_with("Training (attempt 3):  50%|"));
  Run own;
  own.host.set("desc", "Tuning: ");
  own.publish(at(TB_ON_TRAIN_BEGIN, 0).attempt(2).set("total_steps", 10));
  BOOST_TEST(own.line().starts_with("Tuning (attempt 2):   0%|"));
  Run unnamed;
  unnamed.host.set("desc", "");
  unnamed.publish(at(TB_ON_TRAIN_BEGIN, 0).attempt(2).set("total_steps", 10));
  BOOST_TEST(unnamed.line().starts_with("(attempt 2):   0%|"));
}

BOOST_AUTO_TEST_CASE(skipped_steps_are_shown_first_from_the_count_of_the_run) {
  begin(100);
  const auto publish_step = [&](std::uint64_t n, double skipped) {
    publish(at(TB_ON_STEP, static_cast<double>(n))
                .step(n)
                .set("loss", 1)
                .set("skipped", 1)
                .set("skipped_steps", skipped));
  };
  publish_step(1, 0);
  BOOST_TEST(line().find("skipped") == std::string::npos);
  publish_step(9, 4);  // between them some were not seen
  BOOST_TEST(line().find("it/s, skipped=4, loss=1.0000]") != std::string::npos);
  host.terminal.columns = 62;  // the loss has to go before it
  publish_step(10, 4);
  BOOST_TEST(line().ends_with("it/s, skipped=4]"));
}

BOOST_AUTO_TEST_CASE(skipped_steps_are_counted_where_the_run_does_not_count_them) {
  begin(100);
  for (std::uint64_t n = 1; n <= 50; ++n)
    publish(at(TB_ON_STEP, static_cast<double>(n) / 1000).step(n).set("skipped", n % 10 == 0));
  publish(at(TB_ON_STEP, 1).step(51).set("skipped", 0));
  BOOST_TEST(line().find("skipped=5]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(saving_does_not_count_into_the_rate) {
  begin(10);
  step(1, 1);
  publish(at(TB_ON_SAVE, 61).step(1).set("seconds", 60).text("checkpoints/step-1"));
  step(2, 62);
  BOOST_TEST(line().find(" 2/10 [01:02<00:08,  1.00it/s") != std::string::npos);
  publish(at(TB_ON_SAVE, 62).step(2).text("it does not say how long it took"));
  publish(at(TB_ON_SAVE, 62).step(2).set("seconds", -5));
  publish(at(TB_ON_SAVE, 62).step(2).set("seconds", 1e6));  // longer than all has taken
  publish(at(TB_ON_SAVE, 62).step(2).set("seconds", std::numeric_limits<double>::quiet_NaN()));
  step(3, 63);
  BOOST_TEST(line().find(" 3/10 [01:03<00:07,  1.00it/s") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_remaining_time_holds_the_evaluations_that_are_due) {
  const auto evaluate = [&](const char* what, std::uint64_t n, double from, double to) {
    publish(at(TB_ON_EVAL_BEGIN, from).step(n).set("batches", 4));
    publish(at(TB_ON_EVALUATE, to).step(n).set(what, 1));
  };
  publish(at(TB_ON_TRAIN_BEGIN, 0)
              .set("total_steps", 10)
              .set("initial_step", 0)
              .set("eval_every", 5)
              .set("test_evaluations", 1));
  evaluate("test/loss", 0, 0, 30);
  step(1, 31);  // 9 steps, one test as long as the first, and two validations: as long, as it seems
  BOOST_TEST(line().find(" 1/10 [00:31<01:39,  1.00it/s") != std::string::npos);
  step(5, 35);
  evaluate("eval/loss", 5, 35, 45);
  step(6, 46);
  BOOST_TEST(line().find(" 6/10 [00:46<00:44,  1.00it/s") != std::string::npos);
  step(10, 50);
  evaluate("eval/loss", 10, 50, 60);
  evaluate("test/loss", 10, 60, 90);
  publish(at(TB_ON_TRAIN_END, 90).step(10).text("completed"));
  BOOST_TEST(host.terminal.printed.at(0).find("10/10 [01:30<00:00,  1.00it/s") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_width_beyond_the_terminal_does_not_get_the_line_cut) {
  host.set("width", "200");
  host.terminal.columns = 62;
  begin();
  step(450, 135.5);
  BOOST_TEST(line() == "Training:  45%|█████▍      | 450/1000 [02:15<02:45,  3.32it/s]");
}

BOOST_AUTO_TEST_SUITE_END()
