#include "trials.hpp"

#include <array>
#include <limits>

#include "plugin_text.hpp"
#include "raw_trials.hpp"
#include "synthetic_run.hpp"

namespace trainbus::cli {
namespace {

namespace run = synthetic;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// A trial in which one instance handles the events that a function publishes.
template <void (*events)(const Publish&)>
void driven(const Subject& subject) {
  Instance instance(subject);
  events([&](Event& event) { instance.publish(event); });
  instance.destroy();
  instance.check();
}

void nothing(const Publish&) {}

void no_steps(const Publish& publish) {
  run::begin(publish, 0);
  run::end(publish, 0);
}

void thousand_steps(const Publish& publish) {
  run::begin(publish, 1000);
  Event epoch = run::event(EventKind::EpochBegin);
  publish(epoch);
  run::steps(publish, 1, 1000);
  epoch = run::event(EventKind::EpochEnd, 1000);
  publish(epoch);
  run::end(publish, 1000);
}

void numbers_that_are_not_finite(const Publish& publish) {
  run::begin(publish, 4);
  std::uint64_t number = 0;
  for (const double loss : {nan, infinity, -infinity, 1.0}) run::step(publish, ++number, loss);
  run::evaluation(publish, number, nan);
  run::end(publish, number);
}

void kinds_and_metrics_of_the_future(const Publish& publish) {
  run::begin(publish, 2);
  for (std::uint64_t number = 1; number <= 2; ++number) {
    Event unknown = run::event(static_cast<EventKind>(40), number);
    unknown.set(intern("from/the/future"), 1);
    publish(unknown);
    Event done = run::event(EventKind::Step, number);
    done.set(intern("loss"), 1);
    done.set(intern("lr"), 1e-6);
    done.set(intern("näme with blanks, a comma and \"quotes\""), 2);
    publish(done);
  }
  run::end(publish, 2);
}

void a_step_without_numbers(const Publish& publish) {
  run::begin(publish, 1);
  Event done = run::event(EventKind::Step, 1);
  publish(done);
  run::end(publish, 1);
}

void a_run_that_fails(const Publish& publish) {
  run::begin(publish, 10);
  run::step(publish, 1, 1);
  Event thrown = run::event(EventKind::Exception, 2);
  thrown.text = "out of memory";
  publish(thrown);
  run::end(publish, 1, "failed: out of memory");
}

void a_run_that_ends_early(const Publish& publish) {
  run::begin(publish, 1000);
  run::steps(publish, 1, 5);
  run::end(publish, 5, "interrupted: SIGINT");
}

// The files of the first attempt are in place.
void a_run_that_is_resumed(const Subject& subject) {
  for (const std::uint32_t attempt : {1u, 2u}) {
    const std::uint64_t first = attempt == 1 ? 0 : 5;
    Instance instance(subject);
    const Publish publish = [&](Event& event) {
      event.attempt = attempt;
      instance.publish(event);
    };
    run::begin(publish, 20, first, attempt);
    run::steps(publish, first + 1, first + 8);
    if (attempt == 2) run::end(publish, first + 8);
    instance.destroy();
    instance.check();
  }
}

// Trials of the C interface itself, without the host's classes.
template <void (*trial)(const RawSubject&)>
void raw(const Subject& subject) {
  RawSubject raw{*subject.plugin.observer, {}, subject.folder, subject.record};
  for (const Option& option : subject.plugin.options())
    raw.options[option.name] = subject.options.text(option.name);
  trial(raw);
}

bool runs_on_1_0(const tb_observer& observer) { return observer.needs_minor == 0; }

constexpr std::array all_trials = {
    Trial{"created and destroyed", driven<nothing>},
    Trial{"a run of no steps", driven<no_steps>},
    Trial{"1000 steps with evaluations, saves, histograms", driven<thousand_steps>},
    Trial{"numbers that are not finite", driven<numbers_that_are_not_finite>},
    Trial{"kinds and metrics of the future", driven<kinds_and_metrics_of_the_future>},
    Trial{"a step without numbers", driven<a_step_without_numbers>},
    Trial{"a run that ends early", driven<a_run_that_ends_early>},
    Trial{"a run that fails", driven<a_run_that_fails>},
    Trial{"a run that is resumed", a_run_that_is_resumed},
    Trial{"state that is saved and loaded", state_that_is_saved_and_loaded, offers_state},
    Trial{"events and a host that grew", raw<events_and_a_host_that_grew>},
    Trial{"a host of version 1.0", raw<host_of_version_1_0>, runs_on_1_0},
    Trial{"events from changing threads", events_from_changing_threads},
    Trial{"two instances at once, in two threads", two_instances_at_once},
    Trial{"nothing changed or left behind", raw<nothing_changed_or_left_behind>},
    Trial{"100,000 steps", hundred_thousand_steps},
};

}  // namespace

std::span<const Trial> trials() { return all_trials; }

}  // namespace trainbus::cli
