// Metrics of predicted classes against their definitions, class by class.
#include "metrics/confusion.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "core/io/error.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::metrics;
using trainbus::testing::refusal;

namespace {

using Classes = std::vector<std::uint32_t>;

Confusion confusion(std::size_t classes, const Classes& right, const Classes& predicted) {
  Confusion counts(classes);
  for (std::size_t i = 0; i < right.size(); ++i) counts.add(right[i], predicted[i]);
  return counts;
}

// Pearson's correlation of the one-hot vectors, summed over classes, which is what Gorodkin's
// correlation is.
double correlation(std::size_t classes, const Classes& right, const Classes& predicted) {
  const auto covariance = [&](const Classes& a, const Classes& b) {
    const auto n = static_cast<double>(a.size());
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      double mean_a = 0, mean_b = 0;
      for (std::size_t i = 0; i < a.size(); ++i)
        mean_a += (a[i] == c) / n, mean_b += (b[i] == c) / n;
      for (std::size_t i = 0; i < a.size(); ++i)
        sum += ((a[i] == c) - mean_a) * ((b[i] == c) - mean_b);
    }
    return sum;
  };
  return covariance(right, predicted) /
         std::sqrt(covariance(right, right) * covariance(predicted, predicted));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(confusion_metrics)

BOOST_AUTO_TEST_CASE(a_small_matrix_has_the_numbers_of_its_formulas) {
  // Class 0: 3 of 4 found; class 1: 1 of 2; class 2 is only predicted, class 3 is not seen.
  const Confusion counts = confusion(4, {0, 0, 0, 0, 1, 1}, {0, 0, 0, 1, 1, 2});
  BOOST_TEST(counts.accuracy() == 4.0 / 6);
  BOOST_TEST(counts.balanced_accuracy() == (3.0 / 4 + 1.0 / 2) / 2);
  BOOST_TEST(counts.macro_f1() == (6.0 / 7 + 2.0 / 4 + 0) / 3);
  BOOST_TEST(counts.count(1, 2) == 1u);
}

BOOST_AUTO_TEST_CASE(two_classes_have_the_textbooks_correlation) {
  // 5 true positives, 3 false negatives, 2 false positives, 7 true negatives.
  Confusion counts(2);
  for (int i = 0; i < 5; ++i) counts.add(1, 1);
  for (int i = 0; i < 3; ++i) counts.add(1, 0);
  for (int i = 0; i < 2; ++i) counts.add(0, 1);
  for (int i = 0; i < 7; ++i) counts.add(0, 0);
  BOOST_TEST(counts.matthews() == (5 * 7 - 2 * 3) / std::sqrt(7.0 * 8 * 9 * 10),
             boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(several_classes_correlate_as_their_one_hot_vectors_do) {
  std::mt19937 random(3);
  for (std::size_t classes = 2; classes < 7; ++classes) {
    Classes right, predicted;
    for (int i = 0; i < 200; ++i) {
      right.push_back(static_cast<std::uint32_t>(random() % classes));
      predicted.push_back(random() % 3 ? right.back()
                                       : static_cast<std::uint32_t>(random() % classes));
    }
    BOOST_TEST(
        confusion(classes, right, predicted).matthews() == correlation(classes, right, predicted),
        boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(one_answer_for_all_has_no_correlation_and_no_examples_no_number) {
  BOOST_TEST(confusion(2, {0, 1, 1}, {1, 1, 1}).matthews() == 0);
  BOOST_TEST(confusion(2, {1, 1, 1}, {1, 1, 1}).matthews() == 0);
  BOOST_TEST(confusion(2, {1, 1}, {1, 1}).balanced_accuracy() == 1);
  const Confusion none(2);
  for (const double value :
       {none.accuracy(), none.balanced_accuracy(), none.macro_f1(), none.matthews()})
    BOOST_TEST(std::isnan(value));
}

BOOST_AUTO_TEST_CASE(a_class_that_there_is_not_is_refused) {
  BOOST_TEST(refusal<trainbus::RunError>([] { Confusion(2).add(0, 2); }) ==
             "metrics: found the class 2 of 2. Count classes from 0.");
}

BOOST_AUTO_TEST_SUITE_END()
