// Messages about a run that ended cleanly without success.
#include "engine/evaluation/verdict.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace trainbus;

namespace {

Evaluation evaluation(double loss, std::vector<float> scores, std::vector<std::int64_t> labels) {
  Evaluation made;
  made.examples = static_cast<std::int64_t>(labels.size());
  made.classes = static_cast<std::int64_t>(scores.size() / labels.size());
  made.metrics = {{"loss", loss, Better::Lower}, {"accuracy", 0.5, Better::Higher}};
  made.scores = std::move(scores);
  made.labels = std::move(labels);
  return made;
}
Evaluation varied(double loss) { return evaluation(loss, {1, 0, 0, 1}, {0, 1}); }

bool says(const TrainResult& result, const std::string& part) {
  for (const std::string& sentence : verdict(result))
    if (sentence.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_a_good_run_nothing_is_said) {
  TrainResult result{.steps = 9};
  result.test_before = varied(0.7);
  result.test_after = varied(0.6);
  for (int i = 0; i < 100; ++i) result.loss.add(0.7);
  BOOST_TEST(verdict(result).empty());
  BOOST_TEST(verdict(TrainResult{}).empty());
}

BOOST_AUTO_TEST_CASE(a_run_that_ended_worse_says_so_and_names_the_probe) {
  TrainResult result{.steps = 9};
  result.test_before = varied(0.7);
  result.test_after = varied(2.45);
  BOOST_TEST(says(result, "the test loss is worse than at the start: 0.7 before, 2.45 after"));
  BOOST_TEST(says(result, "trainbus probe"));
  result.test_after = varied(0.700004);
  BOOST_TEST(says(result, "0.7 before, 0.700004 after"));
  result.test_after = varied(NAN);
  BOOST_TEST(says(result, "not finite"));
}

BOOST_AUTO_TEST_CASE(which_value_is_worse_is_the_metrics_to_say) {
  TrainResult result{.steps = 9};
  result.first_validation = result.last_validation = varied(0);
  result.first_validation->metrics = {{"f1", 0.7, Better::Higher}};
  result.last_validation->metrics = {{"f1", 0.8, Better::Higher}};
  BOOST_TEST(verdict(result).empty());
  result.last_validation->metrics[0].value = 0.6;
  BOOST_TEST(says(result, "the validation f1 is worse"));
}

BOOST_AUTO_TEST_CASE(the_metric_that_was_trained_on_counts) {
  TrainResult result{.steps = 9, .objective = "exact-match"};
  result.test_before = result.test_after = varied(0);
  result.test_before->metrics = {{"loss", 1, Better::Lower}, {"exact_match", 0.1, Better::Higher}};
  result.test_after->metrics = {{"loss", 2, Better::Lower}, {"exact_match", 0.2, Better::Higher}};
  BOOST_TEST(!says(result, "worse"));
  result.test_after->metrics[1].value = 0.05;
  BOOST_TEST(says(result, "the test exact_match is worse"));
}

BOOST_AUTO_TEST_CASE(without_evaluations_the_training_loss_tells) {
  TrainResult result{.steps = 200};
  for (int i = 0; i < 100; ++i) result.loss.add(0.7);
  for (int i = 0; i < 100; ++i) result.loss.add(3.0);
  BOOST_TEST(says(result, "the training loss is worse"));
}

BOOST_AUTO_TEST_CASE(answers_that_are_always_the_same_are_said) {
  TrainResult result{.steps = 9};
  result.test_before = varied(0.7);
  result.test_after = evaluation(0.65, {0, 1, 0, 2}, {0, 1});
  BOOST_TEST(says(result, "always the same: class 1 for all 2 test examples"));
  result.test_after = evaluation(0.65, {0, 1, 0, 2}, {1, 1});  // that may be right
  BOOST_TEST(verdict(result).empty());
  result.test_after = evaluation(0.6931, {3, 3, 3, 3}, {0, 1});
  BOOST_TEST(says(result, "scores of all classes are equal"));
}

BOOST_AUTO_TEST_CASE(a_run_without_one_update_says_so) {
  TrainResult result{.steps = 9, .skipped = 9};
  BOOST_TEST(says(result, "no update was applied"));
  BOOST_TEST(result.nothing_was_learned());
  result.skipped = 8;
  BOOST_TEST(!result.nothing_was_learned());
}
