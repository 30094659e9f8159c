#include "report/metrics_files.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "run_folder.hpp"

namespace trainbus::testing {
namespace {

using report::Metrics;
using Numbers = std::vector<double>;

Metrics csv(const std::string& text) {
  Metrics metrics;
  metrics.file = "metrics.csv";
  report::read_csv(text, metrics);
  return metrics;
}

Metrics jsonl(const std::string& text) {
  Metrics metrics;
  metrics.file = "metrics.jsonl";
  report::read_jsonl(text, metrics);
  return metrics;
}

const std::string head = "step,epoch,wall_time,attempt,loss,forwards,eval/loss\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_files)

BOOST_AUTO_TEST_CASE(a_table_becomes_a_series_for_each_column) {
  const Metrics metrics =
      csv(head + "1,0,1000.5,1,0.5,2,\n2,0,1001.5,1,0.25,4,\n2,0,1002,1,,,0.75\n");
  BOOST_TEST(metrics.series.at("loss").step == Numbers({1, 2}), boost::test_tools::per_element());
  BOOST_TEST(metrics.series.at("loss").value == Numbers({0.5, 0.25}),
             boost::test_tools::per_element());
  BOOST_TEST(metrics.series.at("eval/loss").step == Numbers({2}), boost::test_tools::per_element());
  BOOST_TEST(metrics.clock.seconds == Numbers({0, 1}), boost::test_tools::per_element());
  BOOST_TEST(metrics.clock.forwards == Numbers({2, 4}), boost::test_tools::per_element());
  BOOST_TEST(metrics.notes.empty());
}

BOOST_AUTO_TEST_CASE(records_become_the_same_series_as_rows) {
  const Metrics metrics =
      jsonl(record("train_begin", 0, R"("total_steps":9)") +
            record("step", 1, R"("loss":0.5,"forwards":2)") + record("forward", 2, R"("loss":77)") +
            record("step", 2, R"("loss":0.25,"forwards":4)") +
            record("evaluate", 2, R"("eval/loss":0.75)") +
            record("train_end", 2, R"("reason":"failed: disk")"));
  BOOST_TEST(metrics.series.at("loss").value == Numbers({0.5, 0.25}),
             boost::test_tools::per_element());
  BOOST_TEST(metrics.series.at("eval/loss").value == Numbers({0.75}),
             boost::test_tools::per_element());
  BOOST_TEST(metrics.total_steps == 9u);
  BOOST_TEST(metrics.end_reason == "failed: disk");
}

BOOST_AUTO_TEST_CASE(a_torn_last_line_is_left_out_without_complaint) {
  const std::string row = "1,0,1000,1,0.5,2,\n";
  BOOST_TEST(csv(head + row + "2,0,1001,1,0.").series.at("loss").step.size() == 1u);
  BOOST_TEST(csv(head + row + "2,0,1001,1,0.").notes.empty());
  const Metrics metrics = jsonl(record("step", 1, R"("loss":0.5)") + R"({"v":1,"type":"st)");
  BOOST_TEST(metrics.series.at("loss").step.size() == 1u);
  BOOST_TEST(metrics.notes.empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_line_in_the_middle_is_left_out_and_told) {
  const Metrics table = csv(head + "1,0,1000,1,0.5,2,\n2,0\nx,0,1,1,1,1,\n3,0,1001,1,0.25,6,\n");
  BOOST_TEST(table.series.at("loss").step == Numbers({1, 3}), boost::test_tools::per_element());
  BOOST_REQUIRE(table.notes.size() == 1u);
  BOOST_TEST(table.notes[0] ==
             "metrics.csv: 2 lines are damaged and left out, the first is line 3");

  const Metrics records = jsonl(record("step", 1, R"("loss":0.5)") + "[]\n{}\nnull\n\n" +
                                record("step", 2, R"("loss":0.25)"));
  BOOST_TEST(records.series.at("loss").step.size() == 2u);
  BOOST_TEST(records.notes.at(0) ==
             "metrics.jsonl: 4 lines are damaged and left out, the first is line 2");
}

BOOST_AUTO_TEST_CASE(what_is_no_table_is_told) {
  for (const char* text : {"hello\nworld\n", "a,b,c,d,e\n1,2,3,4,5\n", "\n\n"}) {
    const Metrics metrics = csv(text);
    BOOST_TEST(metrics.empty());
    BOOST_TEST(metrics.notes.size() == 1u);
  }
  BOOST_TEST(csv("").notes.empty());
}

BOOST_AUTO_TEST_CASE(a_metric_that_comes_late_begins_late) {
  const Metrics metrics =
      jsonl(record("step", 1, R"("loss":1)") + record("step", 2, R"("loss":1,"late":5)"));
  BOOST_TEST(metrics.series.at("late").step == Numbers({2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_finite_are_read_as_such) {
  const auto check = [](const Numbers& values) {
    BOOST_REQUIRE(values.size() == 3u);
    BOOST_TEST(std::isnan(values[0]));
    BOOST_TEST((values[1] > 0 && std::isinf(values[1])));
    BOOST_TEST((values[2] < 0 && std::isinf(values[2])));
  };
  check(csv(head + "1,0,1,1,nan,2,\n2,0,2,1,inf,4,\n3,0,3,1,-inf,6,\n").series.at("loss").value);
  check(jsonl(record("step", 1, R"("loss":"NaN")") + record("step", 2, R"("loss":"Infinity")") +
              record("step", 3, R"("loss":"-Infinity")"))
            .series.at("loss")
            .value);
}

BOOST_AUTO_TEST_CASE(of_a_step_that_was_done_again_the_latest_attempt_counts) {
  std::string text;
  for (int step = 1; step <= 5; ++step) text += record("step", step, R"("loss":1,"lost":1)");
  text += record("resume", 3, "", 2);
  text += record("step", 4, R"("loss":2)", 2);
  const Metrics metrics = jsonl(text);
  BOOST_TEST(metrics.series.at("loss").step == Numbers({1, 2, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(metrics.series.at("loss").value == Numbers({1, 1, 1, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(metrics.series.at("lost").step.size() == 3u);
  BOOST_TEST(metrics.clock.step.size() == 4u);
  BOOST_TEST(metrics.attempts == 2u);
}

BOOST_AUTO_TEST_CASE(a_table_with_rows_of_two_attempts_reads_the_same) {
  const Metrics metrics = csv(head + "1,0,1000,1,1,2,\n2,0,1001,1,1,4,\n3,0,1002,1,1,6,\n" +
                              "2,0,2000,2,2,4,\n3,0,2001,2,2,6,\n");
  BOOST_TEST(metrics.series.at("loss").value == Numbers({1, 2, 2}),
             boost::test_tools::per_element());
  // The pause between the attempts is no time of training.
  BOOST_TEST(metrics.clock.seconds == Numbers({0, 0, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(steps_and_times_that_cannot_be_are_damage) {
  for (const char* step : {"-1", "inf", "nan", "1e300", "0.5"})
    BOOST_TEST(csv(head + step + ",0,1,1,1,2,\n").notes.size() == 1u, step);
  BOOST_TEST(csv(head + "1,0,inf,1,1,2,\n").notes.size() == 1u);
  BOOST_TEST(jsonl(R"({"v":1,"type":"step","step":1e300,"t":1})"
                   "\n")
                 .notes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(deep_and_huge_records_are_left_out) {
  std::string deep =
      R"({"v":1,"type":"step","step":1,"t":1,"x":)" + std::string(100000, '[') + "\n";
  BOOST_TEST(jsonl(deep).notes.size() == 1u);
  BOOST_TEST(jsonl(record("step", 1, R"("loss":1e999)")).series.size() <= 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
