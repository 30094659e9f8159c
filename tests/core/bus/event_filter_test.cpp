// Which events, and which numbers of them, an observer gets.
#include <boost/test/unit_test.hpp>

#include "core/bus/delivery_options.hpp"
#include "core/bus/event_filter.hpp"
#include "core/bus/recording_observer.hpp"
#include "core/io/error.hpp"

namespace trainbus::testing {
namespace {

std::vector<std::uint64_t> passing(EventFilter filter, EventKind kind = EventKind::Step) {
  FilterState state(std::move(filter));
  std::vector<std::uint64_t> steps;
  for (std::uint64_t step = 1; step <= 12; ++step)
    if (state.lets_pass(make_event(kind, step))) steps.push_back(step);
  return steps;
}

using Steps = std::vector<std::uint64_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(event_filter_test)

BOOST_AUTO_TEST_CASE(without_a_filter_all_passes) { BOOST_TEST(passing({}).size() == 12u); }

BOOST_AUTO_TEST_CASE(every_keeps_the_steps_that_it_divides_but_all_evaluations) {
  BOOST_TEST((passing({.every = 5}) == Steps{5, 10}));
  BOOST_TEST((passing({.every = 5}, EventKind::Forward) == Steps{5, 10}));
  BOOST_TEST(passing({.every = 5}, EventKind::Evaluate).size() == 12u);
}

BOOST_AUTO_TEST_CASE(after_and_before_are_exclusive_and_hold_for_evaluations_too) {
  BOOST_TEST((passing({.after = 8, .before = 11}) == Steps{9, 10}));
  BOOST_TEST((passing({.after = 8, .before = 11}, EventKind::Evaluate) == Steps{9, 10}));
}

BOOST_AUTO_TEST_CASE(once_keeps_the_first_step_that_the_others_let_pass_with_its_evaluation) {
  BOOST_TEST((passing({.every = 3, .after = 4, .once = true}) == Steps{6}));
  FilterState state({.once = true});
  BOOST_TEST(state.lets_pass(make_event(EventKind::StepBegin, 1)));
  BOOST_TEST(state.lets_pass(make_event(EventKind::Step, 1)));
  BOOST_TEST(state.lets_pass(make_event(EventKind::Evaluate, 1)));
  BOOST_TEST(!state.lets_pass(make_event(EventKind::StepBegin, 2)));
}

BOOST_AUTO_TEST_CASE(a_later_step_passes_if_the_filter_lets_one_of_those_that_wait_pass) {
  const FilterState every({.every = 5});
  BOOST_TEST(every.passes_later(make_event(EventKind::Step, 5), 10));
  BOOST_TEST(!every.passes_later(make_event(EventKind::Step, 5), 9));
  BOOST_TEST(every.passes_later(make_event(EventKind::PredictionStep, 5), 5));
  const FilterState none({});
  BOOST_TEST(none.passes_later(make_event(EventKind::Step, 5), 5));  // one of the same step
  const FilterState range({.after = 8, .before = 11});
  BOOST_TEST(range.passes_later(make_event(EventKind::Step, 2), 9));
  BOOST_TEST(!range.passes_later(make_event(EventKind::Step, 10), 12));
}

BOOST_AUTO_TEST_CASE(the_newest_step_that_every_left_out_is_held_back) {
  FilterState state({.every = 5, .before = 14});
  for (std::uint64_t step = 1; step <= 13; ++step)
    if (const Event event = make_event(EventKind::Step, step); !state.lets_pass(event))
      state.hold_back(event);
  BOOST_TEST(state.take_held_back()->step == 13u);
  BOOST_TEST(!state.take_held_back());
  state.hold_back(make_event(EventKind::Step, 14));  // was not asked for
  BOOST_TEST(!state.take_held_back());
  state.hold_back(make_event(EventKind::Step, 4));
  BOOST_TEST(state.lets_pass(make_event(EventKind::Step, 5)));
  BOOST_TEST(!state.take_held_back());
}

BOOST_AUTO_TEST_CASE(what_fits_nothing_in_a_run_is_said_with_the_nearest_name) {
  Event begin = make_event(EventKind::TrainBegin);
  for (const char* name : {"loss", "lr", "eval/loss", "eval/accuracy"})
    begin.metrics.push_back(intern(name));
  begin.set(intern("total_steps"), 60);
  const auto said = [&](const char* patterns) {
    EventFilter filter;
    filter.metrics = MetricPatterns(patterns, "--csv.metrics");
    return FilterState(std::move(filter)).complaints(begin);
  };
  BOOST_TEST(said("").empty());
  BOOST_TEST(said("loss,eval/*,!*/accuracy").empty());
  const std::vector<std::string> two = said("loss,evl/*,!los");
  BOOST_REQUIRE(two.size() == 2u);
  BOOST_TEST(two[0] == "--csv.metrics: no metric of this run fits 'evl/*'. Did you mean 'eval/*'?");
  BOOST_TEST(two[1] == "--csv.metrics: no metric of this run fits 'los'. Did you mean 'loss'?");
  const std::vector<std::string> nothing = said("perplexity");
  BOOST_REQUIRE(nothing.size() == 2u);
  BOOST_TEST(nothing[0].ends_with("It has loss, lr, eval/loss, eval/accuracy."));
  BOOST_TEST(nothing[1] == "--csv.metrics keeps none of the metrics that this run declares");
  for (const EventFilter& filter : {EventFilter{.every = 61}, EventFilter{.after = 60},
                                    EventFilter{.every = 50, .before = 50}}) {
    const auto complaints = FilterState(filter).complaints(begin);
    BOOST_REQUIRE(complaints.size() == 1u);
    BOOST_TEST(complaints[0].find("none of the 60 steps") != std::string::npos);
  }
  BOOST_TEST(FilterState({.every = 60}).complaints(begin).empty());
  BOOST_TEST(FilterState({.after = 59}).complaints(begin).empty());
}

BOOST_AUTO_TEST_CASE(an_empty_pattern_is_refused_wherever_it_stands) {
  for (const char* patterns : {"loss,", ",loss", "loss,,lr", ",", " ", "!", "loss, !"})
    BOOST_CHECK_THROW(MetricPatterns(patterns, "here"), UsageError);
}

BOOST_AUTO_TEST_CASE(the_frame_of_the_run_always_passes) {
  for (const EventKind kind : {EventKind::TrainBegin, EventKind::Exception, EventKind::TrainEnd})
    BOOST_TEST(passing({.every = 100, .after = 50, .once = true}, kind).size() == 12u);
}

BOOST_AUTO_TEST_CASE(patterns_include_and_exclude) {
  const auto keeps = [](const char* patterns, const char* name) {
    return MetricPatterns(patterns, "here").keeps(name);
  };
  BOOST_TEST(keeps("", "loss"));
  BOOST_TEST(keeps("loss", "loss"));
  BOOST_TEST(!keeps("loss", "ema/loss"));
  BOOST_TEST(keeps("*loss", "ema/loss"));
  BOOST_TEST(keeps("loss, eval/*", "eval/accuracy"));
  BOOST_TEST(!keeps("eval/*,!*/accuracy", "eval/accuracy"));
  BOOST_TEST(keeps("!lr", "loss"));
  BOOST_TEST(!keeps("!lr", "lr"));
  BOOST_TEST(keeps("l?", "lr"));
  BOOST_TEST(!keeps("l?", "loss"));
  BOOST_TEST(keeps("*a*b*", "xxaxxbxx"));
  BOOST_TEST(!keeps("*a*b*", "xxbxxaxx"));
  BOOST_CHECK_THROW(MetricPatterns("loss,,lr", "here"), UsageError);
  BOOST_CHECK_THROW(MetricPatterns("!", "here"), UsageError);
}

BOOST_AUTO_TEST_CASE(a_sink_sees_only_the_numbers_that_it_asked_for) {
  FilterState state({.metrics = MetricPatterns("loss,eval/*", "here")});
  Event begin = make_event(EventKind::TrainBegin);
  begin.set(intern("total_steps"), 10);
  begin.metrics = {intern("loss"), intern("lr"), intern("eval/loss")};
  BOOST_TEST(state.narrowed(begin).metrics.size() == 2u);
  BOOST_TEST(state.narrowed(begin).scalars.size() == 1u);  // not a metric
  Event step = make_event(EventKind::Step, 1);
  step.set(intern("loss"), 1);
  step.set(intern("lr"), 2);
  BOOST_TEST(state.narrowed(step).scalars.size() == 1u);
  BOOST_TEST(step.scalars.size() == 2u);  // others see it whole
  Event forward = make_event(EventKind::Forward, 1);
  forward.set(intern("side"), 1);
  BOOST_TEST(state.narrowed(forward).scalars.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_filter_on_the_bus_holds_for_its_observer_only) {
  Journal journal;
  Bus bus;
  struct Filtered final : Observer {
    Filtered() : Observer("thin", Role::Sink, every_kind, Intake{.filter = {.every = 4}}) {}
    void on_event(Event&) override { ++count; }
    int count = 0;
  };
  const auto thin = std::make_shared<Filtered>();
  bus.add(thin);
  subscribe(bus, "all", journal);
  for (int step = 1; step <= 12; ++step) publish(bus, EventKind::Step, step);
  BOOST_TEST(thin->count == 3);
  BOOST_TEST(journal.size() == 12u);
  BOOST_TEST(bus.report()[0].events == 3u);
}

BOOST_AUTO_TEST_CASE(options_say_what_the_filter_is) {
  OptionValues values("csv", delivery_options(Role::Sink, {}));
  values.set("every", "10", "test");
  values.set("after", "100", "test");
  values.set("metrics", "loss", "test");
  values.set("isolate", "yes", "test");
  const Intake intake = intake_from(values, {});
  BOOST_TEST(intake.filter.every == 10u);
  BOOST_TEST(intake.filter.after == 100u);
  BOOST_TEST(!intake.filter.metrics.keeps("lr"));
  BOOST_TEST(intake.isolated);
}

BOOST_AUTO_TEST_CASE(a_plugins_own_option_of_the_same_name_is_the_plugins) {
  const std::vector<Option> own = {{"every", "int", "7", "its own"}};
  std::vector<Option> all = own;
  for (Option& option : delivery_options(Role::Sink, own)) all.push_back(std::move(option));
  const OptionValues values("toy", all);
  BOOST_TEST(values.integer("every") == 7);
  BOOST_TEST(intake_from(values, own).filter.every == 1u);
}

BOOST_AUTO_TEST_CASE(control_observers_are_neither_isolated_nor_narrowed) {
  for (const Option& option : delivery_options(Role::Control, {})) {
    BOOST_TEST(option.name != "isolate");
    BOOST_TEST(option.name != "metrics");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
