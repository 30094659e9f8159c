// Where the bar cannot be redrawn: plain lines in a log.
#include <boost/test/unit_test.hpp>
#include <string>

#include "progress_run.hpp"

using namespace progress_testing;

BOOST_FIXTURE_TEST_SUITE(progress_plain_lines, Run)

BOOST_AUTO_TEST_CASE(a_log_gets_plain_full_lines_now_and_then) {
  host.terminal.flags = 0;
  host.terminal.columns = 0;
  begin(1000);
  for (int i = 1; i <= 1000; ++i) {
    step(static_cast<std::uint64_t>(i), i);
    publish(at(TB_ON_FORWARD, i + 0.5).step(static_cast<std::uint64_t>(i)).set("loss", 1));
  }
  publish(at(TB_ON_EVAL_BEGIN, 1000).set("batches", 2));
  publish(at(TB_ON_PREDICTION_STEP, 1001));
  publish(at(TB_ON_EVALUATE, 1002));
  publish(at(TB_ON_TRAIN_END, 1002).text("completed"));
  const auto& lines = host.terminal.printed;
  BOOST_TEST(host.terminal.draws.empty());
  BOOST_TEST_REQUIRE(lines.size() == 22u);  // first, one for each 5 %, last
  BOOST_TEST(lines.front() == "Training:   0%|          | 0/1000 [00:00<?, ?it/s]");
  BOOST_TEST(
      lines[1] ==
      "Training:   5%|5         | 50/1000 [00:50<15:50,  1.00it/s, loss=2.3456, lr=1.00e-04]");
  BOOST_TEST(lines.back() ==
             "Training: 100%|##########| 1000/1000 [16:42<00:00,  1.00it/s, loss=2.3456, "
             "lr=1.00e-04]");
}

// The times at which a log gets its lines, of a run of a million steps in 20 minutes.

BOOST_AUTO_TEST_CASE(in_a_log_the_interval_that_is_asked_for_is_kept) {
  const auto lines = [](Run& run, double steps = 1e8) {
    run.host.terminal.flags = 0;
    run.begin(steps);
    for (std::uint64_t i = 1; i <= 12'000; ++i) run.step(i * 100, static_cast<double>(i) / 10);
    run.publish(at(TB_ON_TRAIN_END, 1200).text("stopped: time-limit"));
    return run.host.terminal.printed.size() - 2;  // without the first and the last
  };
  BOOST_TEST(lines(*this) == 6u);  // every three minutes
  Run asked;
  asked.host.set("plain-interval", "1");
  BOOST_TEST(lines(asked) == 1200u);
  Run rare;
  rare.host.set("plain-interval", "600");
  BOOST_TEST(lines(rare) == 2u);
  Run by_tqdm;
  const Environment set("TQDM_MININTERVAL", "60");
  BOOST_TEST(lines(by_tqdm) == 20u);
  Run both;
  const Environment again("TQDM_MININTERVAL", "60");
  both.host.set("plain-interval", "30");
  BOOST_TEST(lines(both) == 40u);
}

BOOST_AUTO_TEST_CASE(in_a_log_the_time_of_evaluations_counts_for_the_interval) {
  host.terminal.flags = 0;
  host.set("plain-interval", "10");
  begin(1e6);
  for (std::uint64_t i = 1; i <= 10; ++i) {
    step(i, static_cast<double>(i) * 10 - 9);
    publish(at(TB_ON_EVAL_BEGIN, static_cast<double>(i) * 10 - 9).step(i).set("batches", 4));
    publish(at(TB_ON_EVALUATE, static_cast<double>(i) * 10).step(i).set("eval/loss", 1));
  }
  BOOST_TEST(host.terminal.printed.size() == 10u);  // the first, and at 11, 21, … 91 s
}

BOOST_AUTO_TEST_CASE(in_a_log_long_steps_and_long_evaluations_show_that_they_go_on) {
  host.terminal.flags = 0;
  begin(10);
  for (int i = 1; i <= 120; ++i) publish(at(TB_ON_FORWARD, i * 10.0).step(1).set("loss", 1));
  BOOST_TEST(host.terminal.printed.size() == 4u);  // every six minutes
  publish(at(TB_ON_EVAL_BEGIN, 1200).step(1).set("batches", 120));
  for (int i = 1; i <= 120; ++i)
    publish(at(TB_ON_PREDICTION_STEP, 1200 + i * 10.0).step(1).set("batch", i).set("batches", 120));
  BOOST_TEST(host.terminal.printed.size() == 10u);
  BOOST_TEST(host.terminal.printed.back().starts_with("Evaluating:  90%|"));
}

BOOST_AUTO_TEST_CASE(the_last_line_of_a_run_that_ends_early_has_the_numbers_of_its_last_step) {
  for (const std::uint32_t flags : {0u, std::uint32_t{TB_TERMINAL_INTERACTIVE}}) {
    Run run;
    run.host.terminal.flags = flags;
    run.begin(500);
    run.step(1, 0.01, 9);
    run.step(15, 0.02, 3);
    run.publish(at(TB_ON_TRAIN_END, 0.03).step(15).text("stopped: early-stopping"));
    BOOST_TEST(run.host.terminal.printed.back().find(" 15/500 [") != std::string::npos);
    BOOST_TEST(run.host.terminal.printed.back().find("loss=3.0000") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_metric_to_show_that_the_run_does_not_have_is_said_at_its_begin) {
  host.set("show", "eval/los,grad_norm");
  publish(at(TB_ON_TRAIN_BEGIN, 0)
              .set("total_steps", 10)
              .metrics({"loss", "lr", "grad_norm", "eval/loss"}));
  BOOST_TEST(host.log.size() == 1u);
  BOOST_TEST(host.logged("there is no eval/los to show in this run. Did you mean 'eval/loss'?",
                         TB_LOG_WARNING) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
