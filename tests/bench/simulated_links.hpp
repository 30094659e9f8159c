// A leader's links to workers that are only simulated, with the network between them: time is that
// of the events, so that ten thousand ranks need one processor.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "core/ranks/links.hpp"
#include "core/ranks/message.hpp"

namespace trainbus::bench {

struct SimulatedCluster {
  std::size_t ranks = 8;         // the leader included
  std::size_t items = 8;         // of a step
  double item_s = 1;             // one item's time; varies by 2 %
  double one_way_s = 25e-3;      // varies by 10 %
  double straggle = 0;           // the share of items that take twice as long
  double message_s = 13.5e-6;    // of the leader's processor time, one sent or received
  double bytes_per_s = 0;        // that the leader can send; 0: any
  std::vector<double> deaths_s;  // when each worker dies, by rank − 1; empty: none does
  double silent = 0;             // the share of deaths that nobody is told of
};

class SimulatedLinks final : public ranks::LeaderLinks {
 public:
  // begin_s: what the clock says then. Those that died before do not come.
  SimulatedLinks(const SimulatedCluster& cluster, std::uint64_t seed, double begin_s);

  ranks::Nanoseconds now() override { return ranks::Nanoseconds(now_); }
  std::optional<ranks::Arrival> next(ranks::Nanoseconds until) override;
  void send(ranks::WorkerId worker, std::string bytes) override;
  ranks::Nanoseconds last_heard(ranks::WorkerId worker) override;
  void drop(ranks::WorkerId worker, bool is_gone) override;

  // The leader computes an item.
  void compute() { now_ += item_ns(); }
  double now_s() const { return static_cast<double>(now_) * 1e-9; }
  std::size_t workers() const { return workers_.size() - 1; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  // Real time that these functions took, which is none of the leader's rules.
  double overhead_s() const { return overhead_s_; }

 private:
  using Time = std::int64_t;  // ns
  struct Worker {
    Time dies = 0, is_free = 0;
    Time heard_by = 0, told_by = 0;  // the last message on its way to the leader, to the worker
    bool is_silent = false, is_dropped = false;
  };
  struct Event {
    Time at;
    std::uint64_t order;
    ranks::Arrival arrival;
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  Time item_ns();
  Time one_way_ns();
  void act(ranks::WorkerId id, const ranks::Message& message, Time at);
  void compute(ranks::WorkerId id, std::uint64_t round, std::size_t item);
  void tell_leader(ranks::WorkerId id, Time at, ranks::Arrival::What what, std::string text);

  const SimulatedCluster& cluster_;
  std::mt19937_64 random_;
  std::vector<Worker> workers_;  // by id
  std::priority_queue<Event> events_;
  Time now_, sender_free_ = 0;
  std::uint64_t order_ = 0, messages_ = 0, bytes_sent_ = 0;
  double overhead_s_ = 0;
};

}  // namespace trainbus::bench
