#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

using trainbus::Phase;
using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

const tb_observer& observer = *trainbus_module_v1.observers[0];
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Watched {
  FakeHost host{observer};
  std::string metric = "eval/loss";

  // A value every 10 steps, from `first` on. The step at which the run was stopped; 0: it was not.
  std::uint64_t evaluate(Instance& plugin, const std::vector<double>& values,
                         std::uint64_t first = 10, std::uint32_t kind = TB_ON_EVALUATE,
                         Phase phase = Phase::Evaluation) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint64_t step = first + 10 * i;
      plugin.publish(EventBuilder(kind).step(step).phase(phase).set(metric, values[i]));
      if (!host.requests.empty()) return step;
    }
    return 0;
  }
  std::string reason() const { return host.requests.at(0).reason; }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_loss_that_no_longer_falls_stops_the_run_at_an_exact_step, Watched) {
  host.set("patience", "3");
  Instance plugin(observer, host);
  BOOST_TEST(evaluate(plugin, {0.9, 0.5, 0.6, 0.34123, 0.4, 0.35, 0.34123, 0.1}) == 70u);
  BOOST_TEST(host.requests[0].what == TB_REQUEST_STOP);
  BOOST_TEST(reason() == "no better eval/loss than 0.3412 (step 40) for 3 evaluations");
}

BOOST_FIXTURE_TEST_CASE(five_is_the_default_patience, Watched) {
  Instance plugin(observer, host);
  BOOST_TEST(evaluate(plugin, {1, 2, 2, 2, 2, 0.5, 2, 2, 2, 2, 2, 2}) == 110u);
}

BOOST_FIXTURE_TEST_CASE(what_is_an_accuracy_has_to_grow, Watched) {
  for (const char* name : {"eval/accuracy", "eval/macro_f1", "test/roc-auc", "accuracy"}) {
    Watched w;
    w.metric = name;
    w.host.set("metric", name).set("patience", "1");
    Instance plugin(observer, w.host);
    BOOST_TEST(w.evaluate(plugin, {0.5, 0.6, 0.7, 0.7}) == 40u, name);
    BOOST_TEST(w.reason() == "no better " + w.metric + " than 0.7 (step 30) for 1 evaluation");
  }
}

BOOST_FIXTURE_TEST_CASE(names_that_only_look_like_a_score_fall, Watched) {
  metric = "eval/accumulated_loss";
  host.set("metric", metric).set("patience", "1");
  Instance plugin(observer, host);
  BOOST_TEST(evaluate(plugin, {3, 2, 1}) == 0u);
}

BOOST_FIXTURE_TEST_CASE(the_direction_can_be_said, Watched) {
  host.set("mode", "max").set("patience", "1");
  Instance plugin(observer, host);
  BOOST_TEST(evaluate(plugin, {1, 2, 3, 2}) == 40u);
}

BOOST_FIXTURE_TEST_CASE(a_value_that_is_better_by_too_little_does_not_count, Watched) {
  host.set("min-delta", "0.1").set("patience", "2");
  Instance plugin(observer, host);
  BOOST_TEST(evaluate(plugin, {1, 0.95, 0.85, 0.8, 0.76}) == 50u);
  BOOST_TEST(reason() == "no better eval/loss than 0.85 (step 30) for 2 evaluations");
}

BOOST_FIXTURE_TEST_CASE(what_is_not_finite_is_no_better_value, Watched) {
  host.set("patience", "2");
  Instance plugin(observer, host);
  BOOST_TEST(evaluate(plugin, {0.5, not_a_number, -HUGE_VAL}) == 30u);

  Watched never;
  never.host.set("patience", "2");
  Instance hopeless(observer, never.host);
  BOOST_TEST(never.evaluate(hopeless, {not_a_number, not_a_number}) == 20u);
  BOOST_TEST(never.reason() == "no finite eval/loss in 2 evaluations");
}

BOOST_FIXTURE_TEST_CASE(a_metric_of_steps_is_followed_step_by_step, Watched) {
  metric = "loss";
  host.set("metric", "loss").set("patience", "2");
  Instance plugin(observer, host);
  BOOST_TEST(evaluate(plugin, {3, 2, 2, 2}, 10, TB_ON_STEP) == 40u);
  BOOST_TEST(reason() == "no better loss than 2 (step 20) for 2 steps");
}

BOOST_FIXTURE_TEST_CASE(a_resumed_run_goes_on_counting_and_counts_nothing_twice, Watched) {
  host.set("patience", "3");
  Instance before(observer, host);
  evaluate(before, {0.1, 0.2});
  Instance after(observer, host);
  after.load_state(before.save_state());
  evaluate(after, {0.2}, 20, TB_ON_EVALUATE, Phase::CatchUp);
  BOOST_TEST(evaluate(after, {0.3, 0.4}, 30) == 40u);
  BOOST_TEST(reason() == "no better eval/loss than 0.1 (step 10) for 3 evaluations");
}

BOOST_FIXTURE_TEST_CASE(the_best_value_survives_a_resume_to_the_last_bit, Watched) {
  host.set("patience", "1");
  const double best = 0.1f;  // has a shorter text as float32 than as double
  Instance before(observer, host);
  evaluate(before, {best});
  Instance after(observer, host);
  after.load_state(before.save_state());
  BOOST_TEST(evaluate(after, {std::nextafter(best, 0)}, 20) == 0u);
  BOOST_TEST(after.save_state() != before.save_state());
  BOOST_TEST(evaluate(after, {best}, 30) == 30u);
}

BOOST_FIXTURE_TEST_CASE(a_state_that_is_none_of_ours_is_refused, Watched) {
  Instance plugin(observer, host);
  for (const char* bad : {"", "1", "2 0 0 0 0", "1 x 0 0 0"})
    BOOST_CHECK_THROW(plugin.load_state(bad), std::runtime_error);
}

BOOST_FIXTURE_TEST_CASE(a_metric_that_never_appears_is_said_at_the_end, Watched) {
  host.set("metric", "eval/los");
  Instance plugin(observer, host);
  evaluate(plugin, {1, 1, 1});
  plugin.publish(EventBuilder(TB_ON_TRAIN_END).text("completed"));
  BOOST_TEST(host.logged("eval/los never appeared, so it could not stop the run", TB_LOG_WARNING) ==
             1u);

  Watched other;
  Instance silent(observer, other.host);
  other.evaluate(silent, {1});
  silent.publish(EventBuilder(TB_ON_TRAIN_END).text("completed"));
  BOOST_TEST(other.host.log.empty());
}

namespace {

// Its message about a run that begins like this; empty: none. A refusal is recognised by its first
// letter.
struct Beginning {
  double total = 60, eval_every = 5;
  std::vector<std::string> metrics = {"loss", "lr", "eval/loss", "eval/accuracy"};

  std::string refusal(const char* metric, const char* patience = "5") const {
    FakeHost host{observer};
    host.set("metric", metric).set("patience", patience);
    Instance plugin(observer, host);
    EventBuilder begin(TB_ON_TRAIN_BEGIN);
    begin.metrics(metrics)
        .set("total_steps", total)
        .set("initial_step", 0)
        .set("eval_every", eval_every);
    if (!plugin.publish(begin)) return plugin.failure;
    return host.log.empty() ? "" : "warned: " + host.log.front().message;
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_metric_that_comes_is_accepted, Beginning) {
  for (const char* metric : {"eval/loss", "eval/accuracy", "loss"})
    BOOST_TEST(refusal(metric) == "");
  metrics.clear();  // a loop that declares nothing
  BOOST_TEST(refusal("anything") == "");
}

BOOST_FIXTURE_TEST_CASE(a_metric_that_never_comes_refuses_the_run_with_the_nearest_name,
                        Beginning) {
  BOOST_TEST(has(refusal("eval_loss"), "eval_loss never comes"));
  BOOST_TEST(has(refusal("eval_loss"), "Did you mean 'eval/loss'?"));
  BOOST_TEST(has(refusal("ema/loss"), "those of metric plugins do not reach control plugins"));
  BOOST_TEST(has(refusal("ema/loss"), "Did you mean 'eval/loss'?"));
  BOOST_TEST(has(refusal("averaged_weights/loss"), "Did you mean 'eval/loss'?"));
  BOOST_TEST(has(refusal("perplexity"), "Watch loss, or a metric of evaluations"));
  BOOST_TEST(has(refusal("test/loss"), "only before the first and after the last step"));
}

BOOST_FIXTURE_TEST_CASE(a_run_without_evaluations_or_with_too_few_is_refused, Beginning) {
  eval_every = 100;
  BOOST_TEST(
      has(refusal("eval/loss"), "there is an evaluation every 100 steps, and the run has 60"));
  eval_every = 60;
  BOOST_TEST(refusal("eval/loss") ==
             "warned: it cannot stop this run: eval/loss comes 1 time, and "
             "5 values behind the best one are waited for");
  eval_every = 10;
  BOOST_TEST(refusal("eval/loss") == "");
  BOOST_TEST(has(refusal("eval/loss", "6"), "comes 6 times"));
  metrics = {"loss", "lr"};
  eval_every = 0;
  BOOST_TEST(has(refusal("eval/loss"), "this run has no evaluations. Give --eval-every"));
  BOOST_TEST(has(refusal("loss", "60"), "warned: it cannot stop this run: loss comes 60 times"));
}
