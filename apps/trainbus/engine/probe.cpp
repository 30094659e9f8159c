// probe: measures losses along random directions, and proposes MeZO's learning rate and ε.
#include "engine/probe.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "engine_entry.hpp"
#include "run/starting_scores.hpp"
#include "run/workload.hpp"

namespace trainbus {
namespace {

double now_s() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

// The measurement has no more than two significant digits.
std::string round_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  std::string rounded = text;
  if (const auto zero = rounded.find(".0e"); zero != std::string::npos) rounded.erase(zero, 2);
  for (const char* sign : {"e-0", "e+0"})
    if (const auto at = rounded.find(sign); at != std::string::npos) rounded.erase(at + 2, 1);
  return rounded;
}

void line(const char* name, const Estimate& estimate, const std::string& note) {
  std::printf("%-26s%10.4g ± %.2g%s\n", name, estimate.mean, estimate.error,
              note.empty() ? "" : ("   " + note).c_str());
}

std::string curvature_note(const Probe& probe) {
  if (probe.curvature.mean > 2 * probe.curvature.error) return "";
  char text[96];
  const bool below = probe.curvature.mean < -2 * probe.curvature.error;
  std::snprintf(text, sizeof text, "%s; taken as %.2g", below ? "below 0" : "not told from 0",
                curvature_bound(probe));
  return text;
}

void print(const Probe& probe, double seconds) {
  std::printf("%-26s%10lld in %.0f s\n", "forward passes", static_cast<long long>(probe.forwards),
              seconds);
  std::printf("%-26s%10.4f\n", "loss", probe.loss);
  line("squared gradient", probe.squared_gradient, "between two batches of one direction");
  line("squared estimate", probe.squared_estimate,
       std::to_string(std::lround(100 * probe.agreement)) + " % of it gradient, the rest noise");
  line("curvature, trace", probe.curvature, curvature_note(probe));
  std::printf("projected gradient along one direction, by eps\n");
  for (const EpsilonTrial& trial : probe.trials)
    std::printf("    %-22s%10.4g%s\n", round_number(trial.eps).c_str(), trial.g,
                trial.eps == probe.eps ? "   <- the largest that agrees with the others" : "");
}

void print_proposal(const Probe& probe) {
  if (probe.lr == 0 || probe.eps == 0) {
    std::printf("\nno proposal: %s\n",
                probe.eps == 0 ? "the projected gradient depends on eps throughout"
                               : "between batches the gradients do not agree; try a larger "
                                 "--batch-size, --micro-batches or --directions");
    return;
  }
  std::printf("\nproposed: --mezo.lr %s --mezo.eps %s\n", round_number(probe.lr).c_str(),
              round_number(probe.eps).c_str());
  std::printf("expected to lower the loss by about %.2g in the first step\n",
              std::max(probe.expected_drop(), 0.0));
  if (probe.curvature.mean <= 2 * probe.curvature.error)
    std::printf("the curvature is not known, so a larger rate may do: try more --directions\n");
}

kernels::Distribution distribution_of(const std::string& name) {
  if (name == "gaussian") return kernels::Distribution::Gaussian;
  return name == "binomial" ? kernels::Distribution::Binomial : kernels::Distribution::Rademacher;
}

}  // namespace

TRAINBUS_ENGINE_VERB(probe)(const RunSpec& spec, Requests& requests) {
  const Workload workload = load_workload(spec);
  log::info(workload.summary);
  if (StartingScores* scores = workload.task->starting_scores())
    if (!compute_starting_scores(*scores, *workload.model,
                                 [&] { return requests.stop_requested(); }))
      return engine_interrupted;
  ProbeOptions options;
  options.directions = spec.run.integer("directions");
  options.micro_batches = spec.run.integer("micro-batches");
  options.eps = spec.run.real("eps");
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  options.distribution = distribution_of(spec.run.text("z"));
  const double begin = now_s();
  const Probe result =
      probe(*workload.model, *workload.task, options, [&](std::int64_t done, std::int64_t total) {
        terminal().set_live(
            0, "probing " + std::to_string(done) + "/" + std::to_string(total) + " forwards");
        return !requests.stop_requested();
      });
  terminal().set_live(0, "");
  if (requests.stop_requested()) return engine_interrupted;
  workload.model->parameters().check_files();
  print(result, now_s() - begin);
  print_proposal(result);
  return 0;
}

}  // namespace trainbus
