#include <boost/test/unit_test.hpp>
#include <limits>
#include <vector>

#include "report/results.hpp"

namespace trainbus::testing {
namespace {

using report::headline;
using report::Run;
using report::Series;

Run run_with(const std::string& name, const std::map<std::string, Series>& series,
             const std::string& kind = "completed") {
  Run run;
  run.name = name;
  run.ending = {kind, kind + ": all 3 steps"};
  run.metrics.series = series;
  return run;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_headline)

BOOST_AUTO_TEST_CASE(counts_the_endings_and_names_the_best_run) {
  const std::vector<Run> runs = {
      run_with("a", {{"eval/accuracy", {{1, 2, 3}, {0.5, 0.75, 0.6}}}}),
      run_with("b", {{"eval/accuracy", {{1, 2}, {0.5, 0.625}}}}, "failed")};
  const auto sentences = headline(runs);
  BOOST_TEST(sentences.at(0) == "2 runs: 1 completed, 1 failed.");
  BOOST_TEST(sentences.at(1) == "Best by eval/accuracy: a with 0.75 at step 2.");
}

BOOST_AUTO_TEST_CASE(names_all_that_are_equally_good) {
  const Series same{{1}, {0.5}};
  const std::vector<Run> runs = {run_with("a", {{"eval/loss", same}}),
                                 run_with("b", {{"eval/loss", same}})};
  BOOST_TEST(headline(runs).at(1) == "Best by eval/loss: a, b with 0.5.");
}

BOOST_AUTO_TEST_CASE(does_not_choose_among_the_steps_of_a_test) {
  const std::vector<Run> runs = {run_with("a", {{"test/loss", {{0, 9}, {0.1, 0.5}}}}),
                                 run_with("b", {{"test/loss", {{0, 9}, {0.9, 0.4}}}})};
  BOOST_TEST(headline(runs).at(1) == "Best by test/loss: b with 0.4 at the end.");
}

BOOST_AUTO_TEST_CASE(says_which_runs_have_no_number_to_compare) {
  const std::vector<Run> runs = {run_with("a", {{"loss", {{1, 2}, {9, 2}}}}), run_with("b", {}),
                                 run_with("c", {{"loss", {{1, 2}, {9, 1}}}})};
  BOOST_TEST(headline(runs).at(1) ==
             "Best by loss: c with 1 over the last tenth of its steps (1 run without one).");
  BOOST_TEST(headline(std::span(runs).first(2)).at(1) ==
             "They have no number in common that tells which is best.");
}

BOOST_AUTO_TEST_CASE(calls_none_best_of_runs_on_different_data) {
  std::vector<Run> runs = {run_with("a", {{"loss", {{1}, {1}}}}),
                           run_with("b", {{"loss", {{1}, {2}}}})};
  runs[0].record = boost::json::parse(R"({"task":{"data":{"value":"x.csv"}}})").as_object();
  BOOST_TEST(headline(runs).at(1) ==
             "They are of different tasks or data, so none is called best.");
}

BOOST_AUTO_TEST_CASE(tells_of_one_run_its_end_its_best_and_its_test) {
  const std::vector<Run> runs = {run_with(
      "a", {{"eval/accuracy", {{1, 2}, {0.5, 0.75}}}, {"test/accuracy", {{0, 2}, {0.25, 0.5}}}})};
  const std::vector<std::string> expected = {"a completed: all 3 steps.",
                                             "Best eval/accuracy: 0.75 at step 2.",
                                             "Test accuracy: 0.25 before, 0.5 after."};
  BOOST_TEST(headline(runs) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_never_best) {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               inf = std::numeric_limits<double>::infinity();
  const std::vector<Run> runs = {run_with("a", {{"eval/loss", {{1, 2, 3}, {nan, 0.5, -inf}}}})};
  const auto rows = report::results_of(runs);
  BOOST_TEST(rows.at(0).results.at(0)->best == 0.5);
  BOOST_TEST(rows.at(0).results.at(0)->last == 0.5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
