#include "ranks_simulation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

#include "core/ranks/leader.hpp"

namespace trainbus::bench {
namespace {

ranks::Nanoseconds time_of(double seconds) {
  return ranks::Nanoseconds(std::llround(seconds * 1e9));
}

// One attempt: from its first step to the last, or until a step cannot be computed any more.
class Attempt {
 public:
  Attempt(const SimulatedRun& run, std::uint64_t seed, double begin_s)
      : run_(run),
        links(run.cluster, seed, begin_s),
        leader_(links, {.patience = time_of(run.patience_s), .overlap = run.overlap},
                {.records = [](std::uint64_t, std::uint64_t) { return std::string(); }}) {}

  // Returns how many steps are done; false: the attempt was abandoned.
  bool train(std::uint64_t& done) {
    const double began = now_s();
    leader_.gather(links.workers(), done, links.now() + time_of(run_.patience_s), {});
    bool is_whole = true;
    try {
      if (run_.overlap == 1) begin(done);
      while (done < run_.steps) {
        if (run_.overlap == 0) begin(done);
        if (run_.overlap == 1 && done + 1 < run_.steps) begin(done + 1);
        leader_.finish();
        leader_.parameters_changed();
        ++done;
      }
    } catch (const ranks::StepAbandoned&) {
      is_whole = false;
    }
    rules_s = now_s() - began - links.overhead_s();
    return is_whole;
  }

 private:
  void begin(std::uint64_t step) {
    ranks::Work work;
    work.number = step;
    work.items = run_.cluster.items;
    work.width = 2;
    work.check = [] { return std::uint64_t{1}; };
    work.compute = [this](std::size_t, std::vector<float>& numbers) {
      links.compute();
      numbers = {0.5f, 0.25f};
    };
    leader_.begin(work);
  }
  const SimulatedRun& run_;

 public:
  SimulatedLinks links;
  double rules_s = 0;

 private:
  ranks::Leader leader_;
};

// Some workers die at some time of the undisturbed run.
void let_some_die(SimulatedRun& run) {
  std::mt19937_64 random(run.seed);
  SimulatedCluster& cluster = run.cluster;
  const double whole_s = static_cast<double>(run.steps) * cluster.item_s *
                         static_cast<double>(cluster.items) / static_cast<double>(cluster.ranks);
  cluster.deaths_s.assign(cluster.ranks - 1, std::numeric_limits<double>::infinity());
  const auto dying =
      static_cast<std::size_t>(std::llround(run.dying * static_cast<double>(cluster.ranks - 1)));
  for (std::size_t i = 0; i < dying; ++i)
    cluster.deaths_s[i] = std::uniform_real_distribution<>(0, whole_s)(random);
  std::ranges::shuffle(cluster.deaths_s, random);
}

}  // namespace

Simulated simulate(SimulatedRun run) {
  if (run.dying > 0) let_some_die(run);
  Simulated result;
  double now = 0, rules_s = 0, messages = 0, bytes = 0;
  std::uint64_t done = 0;
  for (bool is_whole = false; !is_whole;) {
    Attempt attempt(run, run.seed + result.restarts, now);
    is_whole = attempt.train(done);
    now = attempt.links.now_s();
    rules_s += attempt.rules_s;
    messages += static_cast<double>(attempt.links.messages());
    bytes += static_cast<double>(attempt.links.bytes_sent());
    if (is_whole) break;
    now += run.restart_s;
    ++result.restarts;
  }
  const SimulatedCluster& cluster = run.cluster;
  double present_s = now;  // the leader's
  result.left = 1;
  for (std::size_t i = 0; i + 1 < cluster.ranks; ++i) {
    const double dies =
        cluster.deaths_s.empty() ? std::numeric_limits<double>::infinity() : cluster.deaths_s[i];
    present_s += std::min(now, dies);
    result.left += dies > now;
  }
  result.seconds = now;
  result.efficiency =
      100 * static_cast<double>(run.steps * cluster.items) * cluster.item_s / present_s;
  result.rules_us = 1e6 * rules_s / messages;
  result.bytes_a_step = bytes / static_cast<double>(run.steps);
  return result;
}

namespace {

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", seconds);
  return text;
}

// A line of the scaling table: without and with overlap, for each number of ranks.
void scale(Results& results, double step_s, double round_trip_s, double straggle,
           double message_s) {
  std::printf("%-8s %-8s %-10s", seconds_text(step_s).c_str(), seconds_text(round_trip_s).c_str(),
              straggle > 0 ? "0.1 %" : "none");
  for (const std::uint64_t overlap : {0, 1})
    for (const std::size_t ranks : {8, 64, 1000, 10000}) {
      SimulatedRun run;
      run.cluster = {.ranks = ranks,
                     .items = ranks,
                     .item_s = step_s,
                     .one_way_s = round_trip_s / 2,
                     .straggle = straggle,
                     .message_s = message_s,
                     .deaths_s = {}};
      run.steps = ranks > 1000 ? 20 : 200;
      run.overlap = overlap;
      const Simulated result = simulate(run);
      std::printf(" %6.1f", result.efficiency);
      std::fflush(stdout);
      results.record("efficiency: " + std::to_string(ranks) + " ranks, step " +
                         seconds_text(step_s) + ", round trip " + seconds_text(round_trip_s) +
                         (straggle > 0 ? ", stragglers" : "") + ", overlap " +
                         std::to_string(overlap),
                     result.efficiency, "%");
    }
  std::printf("\n");
}

void die(Results& results, std::size_t ranks, std::size_t items_a_rank, double silent,
         double message_s, double restart_s) {
  std::printf("%5zu  %5zu  %-6s", ranks, items_a_rank, silent > 0 ? "half" : "none");
  for (const std::uint64_t overlap : {0, 1}) {
    SimulatedRun run;
    run.cluster = {.ranks = ranks,
                   .items = ranks * items_a_rank,
                   .item_s = 1.0 / static_cast<double>(items_a_rank),
                   .one_way_s = 25e-3,
                   .message_s = message_s,
                   .deaths_s = {},
                   .silent = silent};
    run.steps = 1000;
    run.overlap = overlap;
    run.dying = 0.1;
    run.restart_s = restart_s;
    const Simulated result = simulate(run);
    std::printf("   %6.1f %8.0f s %5zu %5lu", result.efficiency, result.seconds, result.left,
                static_cast<unsigned long>(result.restarts));
    std::fflush(stdout);
    const std::string what = "one in ten dies: " + std::to_string(ranks) + " ranks, " +
                             std::to_string(items_a_rank) + " items each, " +
                             (silent > 0 ? "half silently, " : "") + "overlap " +
                             std::to_string(overlap);
    results.record(what, result.efficiency, "%");
    results.record(what + ", restarts", static_cast<double>(result.restarts), "");
  }
  std::printf("\n");
}

}  // namespace

void simulate_all(Results& results, double message_s, double restart_s) {
  std::printf(
      "simulated: %.1f us of the leader's time for a message, one item a rank; %% of N "
      "processors\n",
      message_s * 1e6);
  std::printf("%-8s %-8s %-10s %s\n", "step", "trip", "stragglers",
              "   8     64  1,000 10,000 ranks; with overlap:  8, 64, 1,000, 10,000");
  for (const double step_s : {1.0, 0.07})
    for (const double round_trip_s : {1e-4, 0.05})
      for (const double straggle : {0.0, 1e-3})
        scale(results, step_s, round_trip_s, straggle, message_s);
  std::printf(
      "\none worker in ten dies within 1,000 steps of 1 s, round trip 0.05 s; a restart "
      "takes %.0f s\n%s\n",
      restart_s, "ranks  items  silent    %      time     left  restarts; with overlap: the same");
  for (const std::size_t ranks : {8, 64, 256})
    for (const std::size_t items : {1, 8}) die(results, ranks, items, 0, message_s, restart_s);
  die(results, 64, 8, 0.5, message_s, restart_s);
  std::printf("\n");
  for (const std::size_t ranks : {64, 1000, 10000}) {
    SimulatedRun run;
    run.cluster.ranks = run.cluster.items = ranks;
    run.steps = ranks > 1000 ? 5 : 50;
    const Simulated result = simulate(run);
    results.add("the rules' own time a message, " + std::to_string(ranks) + " ranks",
                result.rules_us, "us");
    results.add("sent by the leader a step", result.bytes_a_step * 1e-6, "MB");
  }
}

}  // namespace trainbus::bench
