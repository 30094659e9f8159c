#include "simulated_links.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "table.hpp"

namespace trainbus::bench {
namespace {

using namespace ranks;

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

std::int64_t ns(double seconds) { return std::llround(seconds * 1e9); }

// Adds the time that it lives.
struct Stopwatch {
  double& sum;
  double began = now_s();
  explicit Stopwatch(double& total) : sum(total) {}
  ~Stopwatch() { sum += now_s() - began; }
};

}  // namespace

SimulatedLinks::SimulatedLinks(const SimulatedCluster& cluster, std::uint64_t seed, double begin_s)
    : cluster_(cluster), random_(seed), workers_(1), now_(ns(begin_s)) {
  for (std::size_t rank = 1; rank < cluster.ranks; ++rank) {
    const bool dies = !cluster.deaths_s.empty() && std::isfinite(cluster.deaths_s[rank - 1]);
    const std::int64_t when = dies ? ns(cluster.deaths_s[rank - 1]) : never;
    if (when <= now_) continue;
    const auto id = static_cast<WorkerId>(workers_.size());
    // The same in every attempt.
    const bool is_silent = std::fmod(static_cast<double>(rank) * 0.618034, 1) < cluster.silent;
    workers_.push_back({when, now_, 0, 0, is_silent, false});
    events_.push({now_, order_++, {id, Arrival::What::Came, "rank", static_cast<int>(rank)}});
    if (dies && !is_silent)
      events_.push({when + one_way_ns(), order_++, {id, Arrival::What::Lost, "reset", -1}});
  }
}

SimulatedLinks::Time SimulatedLinks::item_ns() {
  const double spread = std::normal_distribution<>(0, 0.02)(random_);
  const bool straggles = std::uniform_real_distribution<>()(random_) < cluster_.straggle;
  return ns(cluster_.item_s * std::exp(spread) * (straggles ? 2 : 1));
}

SimulatedLinks::Time SimulatedLinks::one_way_ns() {
  return ns(cluster_.one_way_s * std::exp(std::normal_distribution<>(0, 0.1)(random_)));
}

std::optional<Arrival> SimulatedLinks::next(Nanoseconds until) {
  const Stopwatch watch(overhead_s_);
  while (!events_.empty() && events_.top().at <= std::max(now_, until.count())) {
    Event event = events_.top();
    events_.pop();
    if (workers_[event.arrival.worker].is_dropped) continue;
    now_ = std::max(now_, event.at) + ns(cluster_.message_s);
    ++messages_;
    return event.arrival;
  }
  now_ = std::max(now_, until.count());
  return std::nullopt;
}

void SimulatedLinks::send(WorkerId id, std::string bytes) {
  const Stopwatch watch(overhead_s_);
  now_ += ns(cluster_.message_s);
  ++messages_;
  bytes_sent_ += bytes.size();
  Time leaves = now_;
  if (cluster_.bytes_per_s > 0)
    leaves = sender_free_ =
        std::max(now_, sender_free_) + ns(static_cast<double>(bytes.size()) / cluster_.bytes_per_s);
  Worker& worker = workers_[id];
  worker.told_by = std::max(worker.told_by, leaves + one_way_ns());
  // Of everybody's numbers and the deal that follows only the deal makes the worker act.
  static const std::size_t deal_bytes = bytes_of(Deal{}).size();
  const bool is_result = bytes[0] == bytes_of(Result{})[0];
  const std::string_view all = bytes;
  const std::string_view what = is_result ? all.substr(all.size() - deal_bytes) : all;
  for (const Message& message : messages_in(what)) act(id, message, worker.told_by);
}

void SimulatedLinks::act(WorkerId id, const Message& message, Time at) {
  Worker& worker = workers_[id];
  worker.is_free = std::max(worker.is_free, at);
  if (const auto* records = std::get_if<Records>(&message))
    tell_leader(id, at, Arrival::What::Said, bytes_of(Ready{records->step}));
  if (const auto* deal = std::get_if<Deal>(&message))
    for (std::size_t item = deal->hand.hand; deal->hand.has(item) && item < cluster_.items;
         item += deal->hand.hands)
      compute(id, deal->round, item);
  if (const auto* again = std::get_if<Again>(&message))
    for (const std::uint32_t item : again->items) compute(id, again->round, item);
}

void SimulatedLinks::compute(WorkerId id, std::uint64_t round, std::size_t item) {
  Worker& worker = workers_[id];
  worker.is_free += item_ns();
  if (worker.is_free >= worker.dies) return;
  Answer answer{round, 1, {static_cast<std::uint32_t>(item)}, {{2}, {0.5f, 0.25f}}};
  tell_leader(id, worker.is_free, Arrival::What::Said, bytes_of(answer));
}

void SimulatedLinks::tell_leader(WorkerId id, Time at, Arrival::What what, std::string text) {
  Worker& worker = workers_[id];
  worker.heard_by = std::max(worker.heard_by, at + one_way_ns());
  events_.push({worker.heard_by, order_++, {id, what, std::move(text), -1}});
}

Nanoseconds SimulatedLinks::last_heard(WorkerId worker) {
  return Nanoseconds(std::min(now_, workers_[worker].dies));
}

void SimulatedLinks::drop(WorkerId worker, bool) { workers_[worker].is_dropped = true; }

}  // namespace trainbus::bench
