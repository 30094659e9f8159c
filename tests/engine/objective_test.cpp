// What a zeroth-order step minimises.
#include "engine/objective.hpp"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

using namespace trainbus;

namespace {

using Floats = std::vector<float>;
constexpr float no_number = std::numeric_limits<float>::quiet_NaN();

// Scores of `sides` sides.
at::Tensor scores(const Floats& values, std::int64_t sides, std::int64_t classes) {
  return at::tensor(values).view({sides, -1, classes});
}

// A model that has these scores at any weights.
class FixedScores final : public Model {
 public:
  explicit FixedScores(at::Tensor scores) : Model(Parameters()), scores_(std::move(scores)) {}
  at::Tensor logits(Weights&, const Batch&) const override { return scores_; }
  std::string family() const override { return "fixed"; }

 private:
  at::Tensor scores_;
};

// Weights of so many sides, of which nobody asks anything.
class Sides final : public Weights {
 public:
  explicit Sides(std::int64_t count) : count_(count) {}
  std::int64_t sides() const override { return count_; }
  using Weights::linear;
  at::Tensor linear(const at::Tensor&, const LinearOp&) override { return {}; }
  at::Tensor embedding(const at::Tensor&, ParameterId) override { return {}; }
  using Weights::rms_norm;
  at::Tensor rms_norm(const at::Tensor&, ParameterId, double, double) override { return {}; }
  at::Tensor layer_norm(const at::Tensor&, ParameterId, std::optional<ParameterId>,
                        double) override {
    return {};
  }

 private:
  std::int64_t count_;
};

Floats values_of(const Objective& objective, const at::Tensor& scores, Batch batch) {
  const FixedScores model(scores);
  batch.features = at::zeros({scores.size(1), 1});
  Sides weights(scores.size(0));
  return objective.values(model, weights, batch, {"a micro-batch of step", 1});
}

Batch of_labels(const std::vector<std::int64_t>& labels) {
  Batch batch;
  batch.targets = at::tensor(labels);
  return batch;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(objective_test)

BOOST_AUTO_TEST_CASE(names_are_those_of_the_option) {
  BOOST_TEST(loss_objective().name() == "loss");
  BOOST_TEST(accuracy_objective().name() == "accuracy");
  BOOST_TEST(accuracy_objective().takes_both_sides());
}

BOOST_AUTO_TEST_CASE(accuracy_is_the_share_of_wrong_answers_of_each_side) {
  const Batch batch = of_labels({0, 1, 2});
  const Floats values = values_of(accuracy_objective(),
                                  scores({5, 1, 0, 0, 2, 1, 0, 0, 3,   // all right
                                          0, 1, 0, 0, 2, 1, 9, 0, 3},  // one right
                                         2, 3),
                                  batch);
  BOOST_TEST(values == (Floats{0, 2.f / 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_equal_scores_the_lowest_class_counts) {
  const at::Tensor equal = scores({1, 1, 1, 1}, 1, 2);
  BOOST_TEST(values_of(accuracy_objective(), equal, of_labels({0, 0})).at(0) == 0.f);
  BOOST_TEST(values_of(accuracy_objective(), equal, of_labels({1, 1})).at(0) == 1.f);
}

BOOST_AUTO_TEST_CASE(a_score_that_is_not_finite_is_no_answer) {
  const Floats values = values_of(
      accuracy_objective(), scores({1, 2, 3, no_number, 1, 2, 4, 3}, 2, 2), of_labels({1, 0}));
  BOOST_TEST(std::isnan(values.at(0)));
  BOOST_TEST(values.at(1) == 0.f);
}

BOOST_AUTO_TEST_CASE(a_choice_that_an_example_has_not_is_no_answer) {
  const float none = -std::numeric_limits<float>::infinity();
  BOOST_TEST(values_of(accuracy_objective(), scores({1, 2, none}, 1, 3), of_labels({1})).at(0) ==
             0.f);
  BOOST_TEST(std::isnan(
      values_of(accuracy_objective(), scores({none, none, none}, 1, 3), of_labels({1})).at(0)));
}

BOOST_AUTO_TEST_CASE(answer_choices_are_scored_by_their_means) {
  Batch batch;  // one example, choices of one and two tokens
  batch.choice_count = 2;
  batch.targets = at::tensor(std::vector<std::int64_t>{0, 1, 1});
  batch.target_positions = at::tensor(std::vector<std::int64_t>{0, 0, 1});
  batch.target_choices = at::tensor(std::vector<std::int64_t>{0, 1, 1});
  batch.labels = at::tensor(std::vector<std::int64_t>{1});
  const at::Tensor logits = scores({0, 1, 0, 9}, 1, 2);
  BOOST_TEST(values_of(accuracy_objective(), logits, batch).at(0) == 0.f);
  batch.labels = at::tensor(std::vector<std::int64_t>{0});
  BOOST_TEST(values_of(accuracy_objective(), logits, batch).at(0) == 1.f);
}

BOOST_AUTO_TEST_CASE(the_loss_is_the_cross_entropy) {
  const Floats values =
      values_of(loss_objective(), scores({0, std::log(3.f)}, 1, 2), of_labels({1}));
  BOOST_TEST(values.at(0) == -std::log(0.75f), boost::test_tools::tolerance(1e-6f));
}

BOOST_AUTO_TEST_SUITE_END()
