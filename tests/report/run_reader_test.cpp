#include "report/run_reader.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "core/plan/run_record.hpp"
#include "report/ending.hpp"
#include "run_folder.hpp"

namespace trainbus::testing {
namespace {

using report::Run;

Run read(const std::string& folder) {
  return report::read_runs(std::vector<std::string>{folder}).at(0);
}

bool mentions(const Error& error, const char* text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

const std::string hundred = R"({"max-steps":{"value":100,"source":"default"}})";

std::string sink(const std::string& id, const std::string& path, int every) {
  return R"({"id":")" + id + R"(","options":{"path":{"value":")" + path +
         R"("},"every":{"value":)" + std::to_string(every) + "}}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_reader)

BOOST_AUTO_TEST_CASE(a_folder_of_runs_is_refused_with_the_runs_in_it) {
  RunFolder folder;
  folder.add_run("runs/a");
  folder.add_run("runs/b");
  BOOST_CHECK_EXCEPTION(read(folder / "runs"), UsageError, [](const UsageError& error) {
    return mentions(error, "/runs/a ") && mentions(error, "/runs/b");
  });
}

BOOST_AUTO_TEST_CASE(what_is_no_run_is_refused) {
  RunFolder folder;
  folder.write("file", "");
  folder.add_run("a");
  BOOST_CHECK_THROW(read(folder / "nothing"), UsageError);
  BOOST_CHECK_THROW(read(folder / "file"), UsageError);
  const std::vector<std::string> twice = {
      folder / "a", folder / "../" + folder.root().path().filename().string() + "/a/"};
  BOOST_CHECK_THROW(report::read_runs(twice), UsageError);
}

BOOST_AUTO_TEST_CASE(runs_of_one_name_are_told_apart_by_their_folders) {
  RunFolder folder;
  folder.add_run("x/a");
  folder.add_run("y/a");
  folder.add_run("y/b");
  const auto runs =
      report::read_runs(std::vector<std::string>{folder / "x/a", folder / "y/a/", folder / "y/b"});
  BOOST_TEST(runs[0].name == "x/a");
  BOOST_TEST(runs[1].name == "y/a");
  BOOST_TEST(runs[2].name == "b");
}

BOOST_AUTO_TEST_CASE(of_two_metrics_files_the_finer_is_read_and_then_the_one_with_attempts) {
  RunFolder folder;
  folder.write("a/metrics.csv", "step,epoch,wall_time,attempt,loss\n1,0,1,1,5\n");
  folder.write("a/metrics.jsonl", record("step", 1, R"("loss":6)"));
  folder.add_run("a");
  BOOST_TEST(read(folder / "a").metrics.series.at("loss").value.at(0) == 6);
  const auto plugins = [&](int csv_every, int jsonl_every) {
    folder.write("a/run.json", R"({"plugins":[)" + sink("csv", "metrics.csv", csv_every) + "," +
                                   sink("jsonl", "metrics.jsonl", jsonl_every) + "]}");
    return read(folder / "a").metrics.file;
  };
  BOOST_TEST(plugins(1, 1) == "metrics.jsonl");
  BOOST_TEST(plugins(1, 10) == "metrics.csv");
  BOOST_TEST(plugins(10, 1) == "metrics.jsonl");
}

BOOST_AUTO_TEST_CASE(the_file_is_the_one_that_the_run_was_told_to_write) {
  RunFolder folder;
  folder.write("a/run.json", R"({"plugins":[)" + sink("csv", "loss.csv", 1) + "]}");
  folder.write("a/loss.csv", "step,epoch,wall_time,attempt,loss\n1,0,1,1,5\n");
  BOOST_TEST(read(folder / "a").metrics.file == "loss.csv");
}

BOOST_AUTO_TEST_CASE(a_table_goes_on_in_its_continuations) {
  RunFolder folder;
  folder.add_run("a");
  folder.write("a/metrics.csv", "step,epoch,wall_time,attempt,loss\n1,0,10,1,5\n2,0,11,1,4\n");
  folder.write("a/metrics-2.csv", "step,epoch,wall_time,attempt,loss,late\n3,0,12,1,3,1\n");
  const Run run = read(folder / "a");
  BOOST_TEST(run.metrics.series.at("loss").step.size() == 3u);
  BOOST_TEST(run.metrics.series.at("late").step.at(0) == 3);
  BOOST_TEST(run.metrics.attempts == 1u);
}

BOOST_AUTO_TEST_CASE(a_run_without_metrics_or_with_a_damaged_record_is_shown_with_a_note) {
  RunFolder folder;
  folder.add_run("a");
  BOOST_TEST(read(folder / "a").metrics.notes.at(0).starts_with("there are no metrics to draw"));
  folder.write("a/run.json", "{\"options\":");
  BOOST_TEST(read(folder / "a").metrics.notes.at(0).starts_with("run.json is damaged"));
}

BOOST_AUTO_TEST_CASE(the_record_of_the_end_counts_most) {
  RunFolder folder;
  folder.add_run(
      "a", hundred,
      R"(,"end":{"kind":"stopped","reason":"stopped: early-stopping: no better","step":70})");
  folder.write("a/metrics.jsonl", record("step", 70, R"("loss":1)") +
                                      record("train_end", 70, R"("reason":"completed")"));
  const report::Ending ending = read(folder / "a").ending;
  BOOST_TEST(ending.kind == "stopped");
  BOOST_TEST(ending.sentence == "stopped at step 70 of 100 (early-stopping: no better)");
}

BOOST_AUTO_TEST_CASE(a_run_whose_lock_is_held_is_running_and_is_left_alone) {
  RunFolder folder;
  folder.add_run("a", hundred);
  folder.write("a/metrics.jsonl", record("step", 5, R"("loss":1)"));
  {
    const RunLock lock(folder / "a");
    const report::Ending ending = read(folder / "a").ending;
    BOOST_TEST(ending.kind == "running");
    BOOST_TEST(ending.sentence.starts_with("running: step 5 of 100, written by process "));
    BOOST_CHECK_THROW(RunLock(folder / "a"), UsageError);  // it is still held
  }
  const report::Ending ending = read(folder / "a").ending;
  BOOST_TEST(ending.kind == "unknown");
  BOOST_TEST(ending.sentence.find("probably killed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_record_the_metrics_tell_the_end) {
  RunFolder folder;
  folder.add_run("a", hundred);
  folder.write("a/metrics.jsonl", record("step", 100, R"("loss":1)") +
                                      record("train_end", 100, R"("reason":"completed")"));
  BOOST_TEST(read(folder / "a").ending.sentence == "completed: all 100 steps");
  folder.write("a/metrics.jsonl", record("step", 9, R"("loss":1)") +
                                      record("train_end", 9, R"("reason":"failed: no space")"));
  BOOST_TEST(read(folder / "a").ending.sentence == "failed at step 9 of 100 (no space)");
  folder.write("a/metrics.jsonl", record("step", 100, R"("loss":1)"));
  BOOST_TEST(read(folder / "a").ending.sentence == "no end recorded, but all 100 steps were done");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
