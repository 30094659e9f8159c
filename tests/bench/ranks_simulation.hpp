// How a run of many processes scales: the leader's real rules, with workers, network and clocks
// simulated, as events.
#pragma once

#include <cstdint>

#include "simulated_links.hpp"
#include "table.hpp"

namespace trainbus::bench {

struct SimulatedRun {
  SimulatedCluster cluster;
  std::uint64_t steps = 100, overlap = 0, seed = 1;
  double patience_s = 30;
  double dying = 0;       // the share of workers that die during the run
  double restart_s = 30;  // what it costs to resume the run
};

struct Simulated {
  double seconds = 0;
  double efficiency = 0;    // percent of the processors' time, of those that were there
  double rules_us = 0;      // real time of the leader's rules, a message
  double bytes_a_step = 0;  // that the leader sends
  std::uint64_t restarts = 0;
  std::size_t left = 0;  // ranks at the end
};

Simulated simulate(SimulatedRun run);

// Prints the tables of README.md. message_s: see SimulatedCluster.
void simulate_all(Results& results, double message_s, double restart_s);

}  // namespace trainbus::bench
