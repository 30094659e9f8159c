// What a script relies on: exit codes, and what goes to which stream.
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "process.hpp"
#include "support/test_paths.hpp"

namespace {

using trainbus::testing::launch;
using trainbus::testing::Outcome;
using trainbus::testing::Setting;

Outcome train(const std::string& name, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"train", "--task", "mlp", "--name", name};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return launch(arguments);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(a_run_that_ends_well_exits_with_0_and_its_results_on_standard_output) {
  const Outcome outcome = train("fine");
  BOOST_TEST(outcome.exit_code == 0);
  BOOST_TEST(outcome.out == "train mezo ema progress csv tensorboard\n");
  BOOST_TEST(outcome.err == "");
}

BOOST_AUTO_TEST_CASE(a_failure_while_running_exits_with_1) {
  const Outcome outcome = train("fail");
  BOOST_TEST(outcome.exit_code == 1);
  BOOST_TEST(outcome.err == "trainbus: error: toy: the toy was told to fail. Tell it not to.\n");
  BOOST_TEST(outcome.out == "");
}

BOOST_AUTO_TEST_CASE(a_refusal_exits_with_2_wherever_it_is_made) {
  BOOST_TEST(train("refuse").exit_code == 2);
  BOOST_TEST(train("fine", {"--seed", "x"}).exit_code == 2);
  BOOST_TEST(train("fine", {"--plugin", "./none.so"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(the_code_of_the_engine_is_passed_on) {
  BOOST_TEST(train("quarantine").exit_code == 3);
}

BOOST_AUTO_TEST_CASE(only_the_first_rank_has_sinks) {
  const std::vector<std::string> arguments = {"train", "--task", "mlp"};
  BOOST_TEST(launch(arguments, {"/", {"RANK=1"}}).out == "train mezo ema\n");
  BOOST_TEST(launch(arguments, {"/", {"RANK=0"}}).out ==
             "train mezo ema progress csv tensorboard\n");
}

BOOST_AUTO_TEST_CASE(epochs_lift_the_default_limit_of_steps_but_not_one_that_was_given) {
  const auto max_steps = [](const std::vector<std::string>& more) {
    const Outcome outcome = train("json", more);
    const auto run = boost::json::parse(outcome.out.substr(0, outcome.out.find('\n')));
    return run.at("options").at("max-steps").at("value").as_int64();
  };
  BOOST_TEST(max_steps({}) == 1000);
  BOOST_TEST(max_steps({"--epochs", "2"}) == 0);
  BOOST_TEST(max_steps({"--epochs", "2", "--max-steps", "7"}) == 7);
  BOOST_TEST(train("fine", {"--max-steps", "0"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_run_that_is_not_named_is_named_by_the_clock) {
  const Outcome outcome = launch({"describe", "--task", "mlp"});
  BOOST_TEST(contains(outcome.out, "runs/20"));
  BOOST_TEST(contains(outcome.out, "clock"));
}

BOOST_AUTO_TEST_CASE(results_that_cannot_be_written_are_a_failure) {
  const Outcome outcome = launch({"version"}, {.folder = "/", .out = "/dev/full"});
  BOOST_TEST(outcome.exit_code == 1);
  BOOST_TEST(contains(outcome.err, "standard output"));
}

BOOST_AUTO_TEST_SUITE_END()
