#include "trials.hpp"

#include <array>
#include <limits>
#include <string>

namespace trainbus::cli {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t step_ns = 1'000'000;

Event event(EventKind kind, std::uint64_t step = 0) {
  Event result;
  result.kind = kind;
  result.step = step;
  result.run_ns = static_cast<std::int64_t>(step) * step_ns;
  result.unix_ns = 1'700'000'000'000'000'000 + result.run_ns;
  return result;
}

void begin(const Publish& publish, std::uint64_t steps) {
  Event first = event(EventKind::TrainBegin);
  first.set(intern("total_steps"), static_cast<double>(steps));
  first.set(intern("initial_step"), 0);
  first.text = "{}";
  for (const char* name : {"loss", "lr", "eval/loss", "eval/accuracy"})
    first.metrics.push_back(intern(name));
  publish(first);
}

void end(const Publish& publish, std::uint64_t step, const char* reason = "completed") {
  Event last = event(EventKind::TrainEnd, step);
  last.text = reason;
  publish(last);
}

void step(const Publish& publish, std::uint64_t number, double loss) {
  Event opening = event(EventKind::StepBegin, number);
  opening.set(intern("lr"), 1e-6);
  publish(opening);
  for (const double side : {1.0, -1.0}) {
    Event forward = event(EventKind::Forward, number);
    forward.set(intern("loss"), loss);
    forward.set(intern("side"), side);
    forward.set(intern("micro"), 0);
    forward.set(intern("micro_count"), 1);
    forward.set(intern("tokens"), 128);
    publish(forward);
  }
  Event known = event(EventKind::OptimizerStep, number);
  known.set(intern("projected_grad"), loss - 1);
  publish(known);
  Event done = event(EventKind::Step, number);
  done.set(intern("loss"), loss);
  done.set(intern("lr"), 1e-6);
  publish(done);
}

void evaluation(const Publish& publish, std::uint64_t number, double loss) {
  Event opening = event(EventKind::EvalBegin, number);
  opening.set(intern("batches"), 2);
  publish(opening);
  for (const double batch : {0.0, 1.0}) {
    Event prediction = event(EventKind::PredictionStep, number);
    prediction.set(intern("batch"), batch);
    prediction.set(intern("batches"), 2);
    publish(prediction);
  }
  Event result = event(EventKind::Evaluate, number);
  result.phase = Phase::Evaluation;
  result.set(intern("eval/loss"), loss);
  result.set(intern("eval/accuracy"), 0.5);
  publish(result);
}

void no_steps(const Publish& publish) {
  begin(publish, 0);
  end(publish, 0);
}

void thousand_steps(const Publish& publish) {
  constexpr std::uint64_t steps = 1000;
  begin(publish, steps);
  for (std::uint64_t number = 1; number <= steps; ++number) {
    step(publish, number, 1 + 1 / static_cast<double>(number));
    if (number % 250 != 0) continue;
    evaluation(publish, number, 1);
    Event save = event(EventKind::Save, number);
    save.text = "checkpoints/step-" + std::to_string(number);
    publish(save);
  }
  end(publish, steps);
}

void numbers_that_are_not_finite(const Publish& publish) {
  begin(publish, 4);
  std::uint64_t number = 0;
  for (const double loss : {nan, infinity, -infinity, 1.0}) step(publish, ++number, loss);
  evaluation(publish, number, nan);
  end(publish, number);
}

void kinds_and_metrics_of_the_future(const Publish& publish) {
  begin(publish, 2);
  for (std::uint64_t number = 1; number <= 2; ++number) {
    Event unknown = event(static_cast<EventKind>(40), number);
    unknown.set(intern("from/the/future"), 1);
    publish(unknown);
    Event done = event(EventKind::Step, number);
    done.set(intern("loss"), 1);
    done.set(intern("lr"), 1e-6);
    done.set(intern("näme with blanks, a comma and \"quotes\""), 2);
    publish(done);
  }
  end(publish, 2);
}

void a_step_without_numbers(const Publish& publish) {
  begin(publish, 1);
  Event done = event(EventKind::Step, 1);
  publish(done);
  end(publish, 1);
}

void a_run_that_fails(const Publish& publish) {
  begin(publish, 10);
  step(publish, 1, 1);
  Event thrown = event(EventKind::Exception, 2);
  thrown.text = "out of memory";
  publish(thrown);
  end(publish, 1, "failed: out of memory");
}

constexpr std::array<Trial, 6> all_trials = {{
    {"a run of no steps", no_steps},
    {"1000 steps with evaluations", thousand_steps},
    {"numbers that are not finite", numbers_that_are_not_finite},
    {"kinds and metrics of the future", kinds_and_metrics_of_the_future},
    {"a step without numbers", a_step_without_numbers},
    {"a run that fails", a_run_that_fails},
}};

}  // namespace

std::span<const Trial> trials() { return all_trials; }

}  // namespace trainbus::cli
