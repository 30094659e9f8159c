// Ctrl-C: the first stops the run cleanly, the second at once; the shell sees the signal.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "process.hpp"

namespace {

using trainbus::testing::Outcome;
using trainbus::testing::Process;

std::vector<std::string> run_named(const std::string& name) {
  return {"train", "--task", "mlp", "--name", name};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signals)

BOOST_AUTO_TEST_CASE(the_first_signal_ends_the_run_in_order_and_the_process_by_that_signal) {
  const std::pair<int, const char*> signals[] = {
      {SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGUSR2, "SIGUSR2"}, {SIGXCPU, "SIGXCPU"}};
  for (const auto& [signal, name] : signals) {
    Process run(run_named("wait"));
    BOOST_TEST(run.read_line() == "waiting");
    run.send(signal);
    const Outcome outcome = run.wait();
    BOOST_TEST(outcome.signal == signal);
    BOOST_TEST(outcome.out == "stopped by signal: " + std::string(name) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(the_third_signal_ends_a_run_that_does_not_stop) {
  Process run(run_named("hang"));
  BOOST_TEST(run.read_line() == "waiting");
  // Two of a kind that are pending at the same time are one: wait until each was seen.
  run.send(SIGINT);
  BOOST_TEST(run.read_line() == "asked to stop");
  run.send(SIGTERM);
  BOOST_TEST(run.read_line() == "asked to hurry");
  run.send(SIGINT);
  const Outcome outcome = run.wait();
  BOOST_TEST(outcome.signal == SIGINT);
  BOOST_TEST(outcome.out == "");
}

BOOST_AUTO_TEST_CASE(the_same_signal_again_at_once_is_the_same_wish) {
  Process run(run_named("hang"));
  BOOST_TEST(run.read_line() == "waiting");
  run.send(SIGTERM);
  BOOST_TEST(run.read_line() == "asked to stop");
  for (int i = 0; i < 3; ++i) run.send(SIGTERM);  // timeout(1): the child, then its group
  run.send(SIGUSR1);
  BOOST_TEST(run.read_line() == "asked to save");  // and not to hurry
  run.send(SIGKILL);
  run.wait();
}

BOOST_AUTO_TEST_CASE(a_schedulers_notice_never_asks_for_more_than_an_end_in_order) {
  Process run(run_named("hang"));
  BOOST_TEST(run.read_line() == "waiting");
  run.send(SIGXCPU);
  BOOST_TEST(run.read_line() == "asked to stop");
  for (const int again : {SIGXCPU, SIGUSR2, SIGTERM}) run.send(again);
  run.send(SIGUSR1);
  BOOST_TEST(run.read_line() == "asked to save");
  run.send(SIGKILL);
  run.wait();
}

BOOST_AUTO_TEST_CASE(the_signal_usr1_asks_for_a_checkpoint_and_ends_nothing) {
  Process run(run_named("hang"));
  BOOST_TEST(run.read_line() == "waiting");
  for (int i = 0; i < 2; ++i) {
    run.send(SIGUSR1);
    BOOST_TEST(run.read_line() == "asked to save");
  }
  run.send(SIGKILL);
  run.wait();
}

BOOST_AUTO_TEST_CASE(a_signal_that_was_ignored_from_the_start_stays_ignored) {
  Process run(run_named("wait"), {.ignored_signals = {SIGINT}});
  BOOST_TEST(run.read_line() == "waiting");
  run.send(SIGINT);
  run.send(SIGTERM);
  const Outcome outcome = run.wait();
  BOOST_TEST(outcome.signal == SIGTERM);
  BOOST_TEST(outcome.out == "stopped by signal: SIGTERM\n");
}

BOOST_AUTO_TEST_CASE(a_terminal_that_goes_away_does_not_end_the_run) {
  Process run(run_named("wait"));
  BOOST_TEST(run.read_line() == "waiting");
  run.send(SIGHUP);
  run.send(SIGHUP);
  run.send(SIGTERM);
  const Outcome outcome = run.wait();
  BOOST_TEST(outcome.signal == SIGTERM);
  BOOST_TEST(outcome.out == "stopped by signal: SIGTERM\n");
}

BOOST_AUTO_TEST_SUITE_END()
