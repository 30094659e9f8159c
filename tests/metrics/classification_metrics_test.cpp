#include "metrics/classification_metrics.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tasks/refusal.hpp"

using namespace trainbus::metrics;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
const float not_a_number = std::nanf("");

struct Sample {
  std::vector<float> values;
  std::vector<std::uint32_t> labels;
  Scores scores() const { return {values, 2}; }
  double difference(std::size_t i) const {
    return static_cast<double>(values[2 * i + 1]) - values[2 * i];
  }
};

// Rows with few distinct scores, so that there are many ties.
Sample random_sample(std::size_t rows, std::mt19937& random) {
  Sample sample;
  for (std::size_t i = 0; i < rows; ++i) {
    for (int c = 0; c < 2; ++c) sample.values.push_back(static_cast<float>(random() % 5) / 4);
    sample.labels.push_back(random() % 2);
  }
  return sample;
}

// By definition: every pair of a 1 and a 0.
double reference_auc(const Sample& sample) {
  double wins = 0, pairs = 0;
  for (std::size_t i = 0; i < sample.labels.size(); ++i)
    for (std::size_t j = 0; j < sample.labels.size(); ++j) {
      if (sample.labels[i] != 1 || sample.labels[j] != 0) continue;
      const double a = sample.difference(i), b = sample.difference(j);
      wins += a > b ? 1 : a == b ? 0.5 : 0;
      ++pairs;
    }
  return wins / pairs;
}

double accuracy_at(const Sample& sample, double threshold) {
  double right = 0;
  for (std::size_t i = 0; i < sample.labels.size(); ++i)
    right += (sample.difference(i) > threshold) == (sample.labels[i] == 1);
  return right / static_cast<double>(sample.labels.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classification_metrics)

BOOST_AUTO_TEST_CASE(accuracy_counts_rows_whose_greatest_score_is_their_labels) {
  const std::vector<float> values = {1, 2, 3, 3, 2, 1, 0, 5, 4, 7, 7, 7};
  const std::vector<std::uint32_t> labels = {2, 0, 2, 0};
  BOOST_TEST(accuracy({values, 3}, labels) == 0.75);  // the last row's tie goes to the first
}

BOOST_AUTO_TEST_CASE(a_row_with_a_nan_is_wrong) {
  const std::vector<float> values = {not_a_number, 1, 1, not_a_number, 0, 1};
  const std::vector<std::uint32_t> labels = {1, 0, 1};
  BOOST_TEST(accuracy({values, 2}, labels) == 1.0 / 3);
}

BOOST_AUTO_TEST_CASE(cross_entropy_is_the_mean_negative_log_probability) {
  const std::vector<float> values = {0, 0, 0, std::log(3.0f)};
  const std::vector<std::uint32_t> labels = {0, 1};
  BOOST_TEST(cross_entropy({values, 2}, labels) == (std::log(2.0) + std::log(4.0 / 3)) / 2,
             boost::test_tools::tolerance(1e-7));
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_large_scores_neither_overflows_nor_loses_the_tail) {
  const std::vector<float> values = {1e30f, 1e30f, 200, 0};
  const std::vector<std::uint32_t> labels = {0, 1};
  BOOST_TEST(cross_entropy({values, 2}, labels) == (std::log(2.0) + 200) / 2,
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_majority_share_is_what_one_answer_for_all_would_score) {
  const std::vector<std::uint32_t> labels = {0, 2, 2, 1};
  BOOST_TEST(majority_share(labels, 3) == 0.5);
}

BOOST_AUTO_TEST_CASE(auc_has_known_values) {
  const std::vector<float> values = {0, 1, 0, 2, 0, 3, 0, 4};
  BOOST_TEST(auc({values, 2}, std::vector<std::uint32_t>{0, 0, 1, 1}) == 1.0);
  BOOST_TEST(auc({values, 2}, std::vector<std::uint32_t>{1, 1, 0, 0}) == 0.0);
  BOOST_TEST(auc({values, 2}, std::vector<std::uint32_t>{0, 1, 0, 1}) == 0.75);
  const std::vector<float> equal(8, 1.0f);
  BOOST_TEST(auc({equal, 2}, std::vector<std::uint32_t>{0, 1, 0, 1}) == 0.5);
}

BOOST_AUTO_TEST_CASE(auc_is_the_share_of_pairs_in_order_ties_counting_half) {
  std::mt19937 random(7);
  for (std::size_t rows = 2; rows < 60; ++rows) {
    Sample sample = random_sample(rows, random);
    sample.labels[0] = 0;
    sample.labels[1] = 1;
    BOOST_TEST(auc(sample.scores(), sample.labels) == reference_auc(sample),
               boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(no_threshold_is_better_than_the_best_one) {
  std::mt19937 random(8);
  for (std::size_t rows = 1; rows < 60; ++rows) {
    const Sample sample = random_sample(rows, random);
    const BestThreshold best = best_threshold(sample.scores(), sample.labels);
    BOOST_TEST(best.accuracy == accuracy_at(sample, best.threshold));
    double next_below = -1e9;  // the greatest difference below it
    for (std::size_t i = 0; i < rows; ++i)
      if (sample.difference(i) < best.threshold)
        next_below = std::max(next_below, sample.difference(i));
    for (double threshold = -1.125; threshold < 1.25; threshold += 0.125) {
      BOOST_TEST(best.accuracy >= accuracy_at(sample, threshold));
      if (threshold < next_below) BOOST_TEST(best.accuracy > accuracy_at(sample, threshold));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_answer_for_all_has_an_infinite_threshold) {
  const std::vector<float> values = {0, 1, 0, 2};
  const auto ones = best_threshold({values, 2}, std::vector<std::uint32_t>{1, 1});
  BOOST_TEST(ones.threshold == -infinity);
  BOOST_TEST(ones.accuracy == 1.0);
  const auto zeros = best_threshold({values, 2}, std::vector<std::uint32_t>{0, 0});
  BOOST_TEST(zeros.threshold == infinity);
  BOOST_TEST(zeros.accuracy == 1.0);
}

BOOST_AUTO_TEST_CASE(infinite_scores_have_their_place_in_the_order) {
  const std::vector<float> values = {0, -infinity, 0, infinity, 0, 1};
  const std::vector<std::uint32_t> labels = {0, 1, 1};
  BOOST_TEST(auc({values, 2}, labels) == 1.0);
  const BestThreshold best = best_threshold({values, 2}, labels);
  BOOST_TEST(best.accuracy == 1.0);
  BOOST_TEST(best.threshold < 1);
}

BOOST_AUTO_TEST_CASE(what_is_not_defined_is_nan) {
  const Scores none{{}, 2};
  BOOST_TEST(std::isnan(accuracy(none, {})));
  BOOST_TEST(std::isnan(cross_entropy(none, {})));
  BOOST_TEST(std::isnan(majority_share({}, 2)));
  BOOST_TEST(std::isnan(auc(none, {})));
  BOOST_TEST(std::isnan(best_threshold(none, {}).accuracy));
  const std::vector<float> values = {0, 1, 0, 2};
  BOOST_TEST(std::isnan(auc({values, 2}, std::vector<std::uint32_t>{1, 1})));
  const std::vector<float> bad = {0, not_a_number, 0, 2};
  BOOST_TEST(std::isnan(auc({bad, 2}, std::vector<std::uint32_t>{0, 1})));
  BOOST_TEST(std::isnan(best_threshold({bad, 2}, std::vector<std::uint32_t>{0, 1}).accuracy));
  BOOST_TEST(std::isnan(cross_entropy({bad, 2}, std::vector<std::uint32_t>{0, 1})));
}

BOOST_AUTO_TEST_CASE(the_area_under_the_curve_of_one_class_is_nan_without_a_sign) {
  const std::vector<float> values = {0, 1, 0, 2};
  for (const std::uint32_t label : {0u, 1u}) {
    const double area = auc({values, 2}, std::vector<std::uint32_t>{label, label});
    BOOST_TEST(std::isnan(area));
    BOOST_TEST(!std::signbit(area));
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_always_the_same_is_known) {
  const std::vector<float> ones = {0, 1, 0, 2, -1, 0}, both = {0, 1, 3, 2}, ties = {1, 1, 2, 2};
  BOOST_TEST(constant_answer({ones, 2}).value() == 1u);
  BOOST_TEST(constant_answer({ties, 2}).value() == 0u);
  BOOST_TEST(!constant_answer({both, 2}).has_value());
  BOOST_TEST(!constant_answer({{}, 2}).has_value());
  const std::vector<float> bad = {0, not_a_number};
  BOOST_TEST(!constant_answer({bad, 2}).has_value());
}

BOOST_AUTO_TEST_CASE(sizes_and_labels_that_do_not_fit_are_refused) {
  const std::vector<float> values(6);
  const std::vector<std::uint32_t> two = {0, 1}, three = {0, 1, 2};
  using trainbus::RunError;
  BOOST_TEST(contains(refusal<RunError>([&] {
                        accuracy({values, 2}, two);
                      }),
                      "6 scores are not those of 2 rows of 2 classes"));
  BOOST_TEST(contains(refusal<RunError>([&] { accuracy({values, 0}, {}); }), "0 classes"));
  BOOST_TEST(contains(refusal<RunError>([&] {
                        cross_entropy({values, 2}, three);
                      }),
                      "found the label 2 of 2 classes"));
  BOOST_TEST(contains(refusal<RunError>([&] { majority_share(three, 2); }), "found the label 2"));
  BOOST_TEST(contains(refusal<RunError>([&] {
                        auc({values, 3}, two);
                      }),
                      "found 3 classes, expected 2"));
}

BOOST_AUTO_TEST_SUITE_END()
