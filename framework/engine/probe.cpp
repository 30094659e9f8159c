#include "engine/probe.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "engine/directions/counter_direction.hpp"
#include "models/weights/perturbed_weights.hpp"

namespace trainbus {
namespace {

constexpr double trial_eps[] = {1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5};
constexpr std::int64_t losses_per_direction = 6, losses_per_trial = 2;
// The share of the best rate that is proposed: the curvature is known at the start only.
constexpr double margin = 0.25;
// How far a trial's g may be from the median: this share of the median, plus this share of √E[g²]
// for directions along which the loss is almost flat.
constexpr double tolerance = 0.03, least_tolerance = 0.003;

Estimate estimate(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (double value : values) mean += value / count;
  for (double value : values) squares += (value - mean) * (value - mean);
  return {mean, values.size() > 1 ? std::sqrt(squares / (count - 1) / count) : INFINITY};
}

struct Stopped {};

// Computes the losses of whole steps and counts the forward passes.
class Losses {
 public:
  Losses(const Model& model, const Task& task, const ProbeOptions& options,
         const std::function<bool(std::int64_t, std::int64_t)>& progress)
      : model_(model), task_(task), options_(options), progress_(progress) {
    total_ = (options.directions * losses_per_direction +
              static_cast<std::int64_t>(std::size(trial_eps)) * losses_per_trial) *
             options.micro_batches;
  }

  double at(Weights& weights, std::int64_t step) {
    double sum = 0, total = 0;
    for (std::int64_t i = 0; i < options_.micro_batches; ++i) {
      if (!progress_(done_, total_)) throw Stopped();
      const std::int64_t per_epoch = task_.batches_per_epoch();
      const std::int64_t number = step * options_.micro_batches + i;
      const Batch batch =
          task_.train_batch(static_cast<std::uint64_t>(number / per_epoch), number % per_epoch);
      sum += batch.weight * model_.loss(weights, batch).item<float>();
      total += batch.weight;
      ++done_;
    }
    return sum / total;
  }
  double plain(std::int64_t step) {
    PlainWeights weights(model_.parameters());
    return at(weights, step);
  }
  double perturbed(const Direction& z, double scale, std::int64_t step) {
    PerturbedWeights weights(model_.parameters(), z, static_cast<float>(scale));
    return at(weights, step);
  }
  std::int64_t done() const { return done_; }

 private:
  const Model& model_;
  const Task& task_;
  const ProbeOptions& options_;
  const std::function<bool(std::int64_t, std::int64_t)>& progress_;
  std::int64_t done_ = 0, total_ = 0;
};

struct Side {
  double loss, g, curvature;
};

Side measure(Losses& losses, const Direction& z, double eps, std::int64_t step) {
  const double start = losses.plain(step);
  const double plus = losses.perturbed(z, eps, step), minus = losses.perturbed(z, -eps, step);
  return {start, (plus - minus) / (2 * eps), (plus - 2 * start + minus) / (eps * eps)};
}

void measure_directions(Losses& losses, const ProbeOptions& options, Probe& probe) {
  std::vector<double> products, squares, curvatures;
  for (std::int64_t i = 0; i < options.directions; ++i) {
    const CounterDirection z(
        kernels::Direction{options.seed, static_cast<std::uint32_t>(i), 0, options.distribution});
    const Side a = measure(losses, z, options.eps, 2 * i);
    const Side b = measure(losses, z, options.eps, 2 * i + 1);
    probe.loss += (a.loss + b.loss) / 2 / static_cast<double>(options.directions);
    products.push_back(a.g * b.g);
    squares.push_back((a.g * a.g + b.g * b.g) / 2);
    curvatures.push_back((a.curvature + b.curvature) / 2);
  }
  probe.squared_gradient = estimate(products);
  probe.squared_estimate = estimate(squares);
  probe.curvature = estimate(curvatures);
}

void measure_eps(Losses& losses, const ProbeOptions& options, Probe& probe) {
  const CounterDirection z(kernels::Direction{options.seed, 0, 0, options.distribution});
  for (const double eps : trial_eps) {
    const double plus = losses.perturbed(z, eps, 0), minus = losses.perturbed(z, -eps, 0);
    probe.trials.push_back({eps, (plus - minus) / (2 * eps)});
  }
}

}  // namespace

double curvature_bound(const Probe& probe) {
  return std::max(probe.curvature.mean, 0.0) + 2 * probe.curvature.error;
}

double Probe::expected_drop() const {
  return lr * squared_gradient.mean - lr * lr / 2 * squared_estimate.mean * curvature_bound(*this);
}

void propose(Probe& probe) {
  const double noisy = probe.squared_estimate.mean;
  probe.agreement = noisy > 0 ? std::clamp(probe.squared_gradient.mean / noisy, 0.0, 1.0) : 0;
  const double bound = curvature_bound(probe);
  probe.lr = bound > 0 && std::isfinite(bound) ? margin * probe.agreement / bound : 0;

  std::vector<double> sorted;
  for (const EpsilonTrial& trial : probe.trials) sorted.push_back(trial.g);
  if (sorted.empty()) return;
  std::sort(sorted.begin(), sorted.end());
  const double middle = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  for (const EpsilonTrial& trial : probe.trials)
    if (std::abs(trial.g - middle) <=
        tolerance * std::abs(middle) + least_tolerance * std::sqrt(noisy)) {
      probe.eps = trial.eps;
      return;
    }
}

Probe probe(const Model& model, const Task& task, const ProbeOptions& options,
            const std::function<bool(std::int64_t, std::int64_t)>& progress) {
  const at::NoGradGuard no_grad;
  Probe result;
  Losses losses(model, task, options, progress);
  try {
    measure_directions(losses, options, result);
    measure_eps(losses, options, result);
    propose(result);
  } catch (const Stopped&) {
  }
  result.forwards = losses.done();
  return result;
}

}  // namespace trainbus
