#include "synthetic_run.hpp"

#include <string>

namespace trainbus::cli::synthetic {
namespace {

constexpr std::int64_t step_ns = 1'000'000;
constexpr std::int64_t start_ns = 1'700'000'000'000'000'000;

void publish_with(const Publish& publish, EventKind kind, std::uint64_t number,
                  std::initializer_list<std::pair<const char*, double>> scalars) {
  Event happened = event(kind, number);
  for (const auto& [name, value] : scalars) happened.set(intern(name), value);
  publish(happened);
}

}  // namespace

Event event(EventKind kind, std::uint64_t step) {
  Event result;
  result.kind = kind;
  result.step = step;
  result.run_ns = static_cast<std::int64_t>(step) * step_ns;
  result.unix_ns = start_ns + result.run_ns;
  return result;
}

void begin(const Publish& publish, std::uint64_t steps, std::uint64_t initial_step,
           std::uint32_t attempt) {
  Event first = event(EventKind::TrainBegin, initial_step);
  first.attempt = attempt;
  first.set(intern("total_steps"), static_cast<double>(steps));
  first.set(intern("initial_step"), static_cast<double>(initial_step));
  first.text = "{}";
  for (const char* name : {"loss", "lr", "eval/loss", "eval/accuracy"})
    first.metrics.push_back(intern(name));
  publish(first);
}

void end(const Publish& publish, std::uint64_t step, const char* reason) {
  Event last = event(EventKind::TrainEnd, step);
  last.text = reason;
  publish(last);
}

void step(const Publish& publish, std::uint64_t number, double loss) {
  publish_with(publish, EventKind::StepBegin, number, {{"lr", 1e-6}});
  const bool first_order = number % 10 == 0;
  for (const double side : {1.0, -1.0}) {
    publish_with(publish, EventKind::Forward, number,
                 {{"loss", loss},
                  {"side", first_order ? 0 : side},
                  {"micro", 0},
                  {"micro_count", 1},
                  {"tokens", 128}});
    if (!first_order) continue;
    publish_with(publish, EventKind::Backward, number, {{"micro", 0}, {"micro_count", 1}});
    break;
  }
  publish_with(publish, EventKind::OptimizerStep, number,
               {{first_order ? "grad_norm" : "projected_grad", loss - 1}});
  publish_with(publish, EventKind::Step, number, {{"loss", loss}, {"lr", 1e-6}});
}

void evaluation(const Publish& publish, std::uint64_t number, double loss) {
  publish_with(publish, EventKind::EvalBegin, number, {{"batches", 2}});
  for (const double batch : {0.0, 1.0})
    publish_with(publish, EventKind::PredictionStep, number, {{"batch", batch}, {"batches", 2}});
  Event result = event(EventKind::Evaluate, number);
  result.phase = Phase::Evaluation;
  result.set(intern("eval/loss"), loss);
  result.set(intern("eval/accuracy"), 0.5);
  publish(result);
}

void save(const Publish& publish, std::uint64_t number) {
  Event saved = event(EventKind::Save, number);
  saved.text = "checkpoints/step-" + std::to_string(number);
  publish(saved);
}

void histogram(const Publish& publish, std::uint64_t number) {
  static const auto buckets = std::make_shared<const Histogram>(Histogram{.count = 10,
                                                                          .nonfinite = 1,
                                                                          .min = -2,
                                                                          .max = 2,
                                                                          .sum = 0,
                                                                          .sum_squares = 18,
                                                                          .limits = {-1, 0, 1, 2},
                                                                          .counts = {2, 3, 3, 2}});
  Event seen = event(EventKind::Histogram, number);
  seen.text = "model.layers.0.mlp.weight";
  seen.histogram = buckets;
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, double>>{
           {"count", 10}, {"min", -2}, {"max", 2}, {"mean", 0}, {"std", 1.34}, {"nonfinite", 1}})
    seen.set(intern(name), value);
  publish(seen);
}

void steps(const Publish& publish, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t number = first; number <= last; ++number) {
    step(publish, number, 1 + 1 / static_cast<double>(number));
    if (number % 100 != 0) continue;
    evaluation(publish, number, 1);
    save(publish, number);
    histogram(publish, number);
  }
}

}  // namespace trainbus::cli::synthetic
