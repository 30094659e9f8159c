// What scripts rely on: exit codes, and which output goes to which stream.
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
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

BOOST_AUTO_TEST_CASE(a_deleted_current_folder_is_named_before_anything_else) {
  const std::filesystem::path before = std::filesystem::current_path();
  const std::filesystem::path gone =
      std::filesystem::temp_directory_path() / ("trainbus_gone_" + std::to_string(getpid()));
  std::filesystem::create_directory(gone);
  std::filesystem::current_path(gone);
  std::filesystem::remove(gone);
  const Setting here{.folder = "."};
  const Outcome outcome = launch({"train", "--task", "mlp", "--run-dir", "/tmp/run"}, here);
  const Outcome help = launch({"help"}, here);
  std::filesystem::current_path(before);
  BOOST_TEST(outcome.exit_code == 2);
  BOOST_TEST(outcome.err ==
             "trainbus: error: the current folder: cannot be used (No such file or directory). "
             "Change to one that exists, as by: cd ~\n");
  BOOST_TEST(help.exit_code == 0);
}

BOOST_AUTO_TEST_CASE(the_code_of_the_engine_is_passed_on) {
  BOOST_TEST(train("quarantine").exit_code == 3);
}

BOOST_AUTO_TEST_CASE(one_of_several_processes_is_refused_if_it_does_not_know_its_place) {
  const std::vector<std::string> arguments = {"train", "--task", "mlp"};
  const std::pair<std::vector<std::string>, const char*> worlds[] = {
      {{"WORLD_SIZE=2", "RANK=0"}, "--leader"},  // where is rank 0?
      {{"WORLD_SIZE=2"}, "WORLD_SIZE"},
      {{"WORLD_SIZE=two"}, "WORLD_SIZE"},
      {{"WORLD_SIZE=0"}, "WORLD_SIZE"},
      {{"OMPI_COMM_WORLD_SIZE=4", "OMPI_COMM_WORLD_RANK=3"}, "--leader"},
      {{"PMI_SIZE=2", "PMI_RANK=1"}, "--leader"},
      {{"SLURM_STEP_NUM_TASKS=8", "SLURM_PROCID=0"}, "--leader"}};
  for (const auto& [environment, name] : worlds) {
    const Outcome outcome = launch(arguments, {"/", environment});
    BOOST_TEST(outcome.exit_code == 2);
    BOOST_TEST(contains(outcome.err, name), outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(a_rank_without_a_world_changes_nothing) {
  const std::vector<std::string> arguments = {"train", "--task", "mlp"};
  const std::vector<std::string> settings[] = {{"RANK=1"},
                                               {"RANK=00"},
                                               {"RANK=node-7"},
                                               {"RANK=0", "WORLD_SIZE=1"},
                                               {"SLURM_NTASKS=8"},
                                               {"SLURM_NTASKS=8", "SLURM_PROCID=0"},  // a batch script
                                               {"SLURM_PROCID=0", "SLURM_NTASKS=1"},
                                               {"SLURM_NTASKS=8", "SLURM_STEP_NUM_TASKS=1"}};
  for (const auto& environment : settings) {
    const Outcome outcome = launch(arguments, {"/", environment});
    BOOST_TEST(outcome.out == "train mezo ema progress csv tensorboard\n", environment.front());
  }
  // Other verbs are asked by every process of a script.
  BOOST_TEST(launch({"eval", "--task", "mlp"}, {"/", {"WORLD_SIZE=2"}}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_name_is_a_name_and_no_path) {
  for (const char* name : {"../../x", "a/b", "", ".", "..", "/x", "a\nb", "\x01"})
    BOOST_TEST(launch({"train", "--task", "mlp", "--name", name}).exit_code == 2, name);
  for (const char* name : {"lr=1e-3,eps=0.1: näm \"q\"", "...", "a b", "-", "~"})
    BOOST_TEST(launch({"train", "--task", "mlp", "--name", name}).exit_code == 0, name);
}

BOOST_AUTO_TEST_CASE(paths_that_no_shell_has_seen_are_expanded) {
  const auto run_dir = [](const std::string& typed) {
    const Outcome outcome =
        launch({"train", "--task", "mlp", "--name", "json", typed}, {"/", {"HOME=/home/me"}});
    const auto run = boost::json::parse(outcome.out.substr(0, outcome.out.find('\n')));
    return std::string(run.at("options").at("run-dir").at("value").as_string());
  };
  BOOST_TEST(run_dir("--run-dir=~/runs/x") == "/home/me/runs/x");
  BOOST_TEST(run_dir("--run-dir=$HOME/x") == "/home/me/x");
  BOOST_TEST(run_dir("--run-dir=${HOME}") == "/home/me");
  const Outcome unset = launch({"train", "--task", "mlp", "--run-dir=$NOT_SET/x"});
  BOOST_TEST(unset.exit_code == 2);
  BOOST_TEST(contains(unset.err, "--run-dir"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_before_anything_is_loaded) {
  const std::vector<std::vector<std::string>> wishes = {{"--keep-best", "eval/loss"},
                                                        {"--keep-checkpoints", "1"},
                                                        {"--micro-batches", "70000"},
                                                        {"--max-steps", "4294967296"},
                                                        {"--epochs", "9223372036854775807"},
                                                        {"--batch-size", "9223372036854775807"},
                                                        {"--threads", "1000000"},
                                                        {"--plugin", "eval=ema"},
                                                        {"--plugin", "test=ema"},
                                                        {"--plugin", "train=csv"}};
  for (const std::vector<std::string>& more : wishes)
    BOOST_TEST(train("fine", more).exit_code == 2, more.front() << ' ' << more.back());
}

BOOST_AUTO_TEST_CASE(the_code_says_what_became_of_the_run_whoever_reads_the_output) {
  const auto launched = [](const std::string& command) {
    const std::string line = "PATH=/usr/bin:/bin; L='" TOY_ROOT "/bin/trainbus'; " + command;
    const int status = std::system(("bash -c \"" + line + "\" 2>/dev/null").c_str());
    return WEXITSTATUS(status);
  };
  BOOST_TEST(launched("\\$L train --task mlp --name fine >&-") == 0);
  BOOST_TEST(launched("\\$L train --task mlp --name quarantine >&-") == 3);
  BOOST_TEST(launched("\\$L train --task mlp --name fail >&-") == 1);
  BOOST_TEST(launched("\\$L train --task mlp --name refuse >&-") == 2);
  // A closed output is none; one that takes nothing is a failure.
  BOOST_TEST(launched("\\$L version >&-") == 0);
  BOOST_TEST(launched("\\$L version >/dev/full") == 1);
  // A pipe whose reader is gone, as after Ctrl-C with tee.
  BOOST_TEST(launched("exec 3> >(exec <&-); sleep 0.2; trap '' PIPE; \\$L train --task mlp --name "
                      "fine >&3") == 0);
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
