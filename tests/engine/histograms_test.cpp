// Histograms of a tensor's numbers.
#include "engine/histograms.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "core/bus/bus.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/plugin_optimizer.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

BOOST_AUTO_TEST_CASE(every_finite_number_is_in_the_bucket_that_holds_it) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(10'000);
  for (float& value : values) value = normal(random);
  const Histogram histogram = histogram_of(values);
  BOOST_TEST(histogram.count == 10'000);
  BOOST_TEST(histogram.limits.size() == histogram_buckets);
  BOOST_TEST(histogram.limits.back() == histogram.max);
  BOOST_TEST(std::accumulate(histogram.counts.begin(), histogram.counts.end(), 0.0) == 10'000);
  // A plain count; a number within a rounding of an edge may be on either side.
  const double width = (histogram.max - histogram.min) / histogram_buckets;
  for (std::size_t i = 0; i < histogram_buckets; ++i) {
    const double low = histogram.min + static_cast<double>(i) * width;
    const auto inside = [&](double margin) {
      return static_cast<double>(std::count_if(values.begin(), values.end(), [&](float v) {
        return v >= low - margin && v <= low + width + margin;
      }));
    };
    BOOST_TEST(histogram.counts[i] <= inside(1e-6));
    BOOST_TEST(histogram.counts[i] >= inside(-1e-6));
  }
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_finite_are_counted_apart) {
  const float inf = std::numeric_limits<float>::infinity();
  const Histogram histogram = histogram_of(std::vector<float>{1, NAN, inf, -inf, 3});
  BOOST_TEST(histogram.count == 2);
  BOOST_TEST(histogram.nonfinite == 3);
  BOOST_TEST((histogram.min == 1 && histogram.max == 3));
  BOOST_TEST((histogram.sum == 4 && histogram.sum_squares == 10));
  const Histogram none = histogram_of(std::vector<float>{NAN});
  BOOST_TEST(none.limits.empty());
  BOOST_TEST(histogram_of(std::vector<float>()).nonfinite == 0);
}

BOOST_AUTO_TEST_CASE(equal_numbers_fill_one_bucket_and_extremes_do_not_overflow) {
  const Histogram equal = histogram_of(std::vector<float>{2, 2, 2});
  BOOST_TEST(equal.limits.size() == 1u);
  BOOST_TEST(equal.counts[0] == 3);
  const float most = std::numeric_limits<float>::max();
  const Histogram wide = histogram_of(std::vector<float>{-most, 0, most});
  BOOST_TEST((wide.counts.front() == 1 && wide.counts.back() == 1));
}

BOOST_AUTO_TEST_CASE(the_trainer_publishes_one_of_each_parameter_when_it_is_due) {
  const MlpTask task({.features = 4, .classes = 2, .train_examples = 8, .batch_size = 4});
  Mlp model(Parameters(Mlp::shapes(4, 8, 2)));
  model.initialize(0);
  const auto mezo = testing::make_optimizer("mezo", {{"lr", "0.01"}});
  Bus bus;
  std::vector<std::string> seen;
  bus.observe("sink", Role::Sink, std::uint64_t{1} << TB_ON_HISTOGRAM, [&](Event& e) {
    seen.push_back(std::to_string(e.step) + " " + e.text);
    BOOST_TEST(e.histogram->count == *e.find(intern("count")));
  });
  Trainer(model, task, *mezo, {.kind = ScheduleKind::Constant, .lr = 0.01}, bus,
          {.max_steps = 7, .histogram_every = 3})
      .run();
  BOOST_TEST(seen.size() == 2 * model.parameters().size());
  BOOST_TEST(seen.front() == "3 " + model.parameters()[0].name);
}
