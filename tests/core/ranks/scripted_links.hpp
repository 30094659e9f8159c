// Links whose other end is the test: it says what arrives and sees what was sent. One thread; time
// moves on only when something waits.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "core/ranks/links.hpp"
#include "core/ranks/message.hpp"

namespace trainbus::testing {

class ScriptedLeaderLinks final : public ranks::LeaderLinks {
 public:
  ranks::Nanoseconds now() override { return time; }
  std::optional<ranks::Arrival> next(ranks::Nanoseconds until) override {
    if (arrivals.empty() && until > time && on_wait) on_wait();
    if (arrivals.empty()) {
      time = std::max(time, until);
      return std::nullopt;
    }
    ranks::Arrival arrival = arrivals.front();
    arrivals.pop_front();
    return arrival;
  }
  void send(ranks::WorkerId worker, std::string bytes) override {
    for (ranks::Message& message : ranks::messages_in(bytes))
      sent[worker].push_back(std::move(message));
  }
  ranks::Nanoseconds last_heard(ranks::WorkerId worker) override {
    return silent_since.contains(worker) ? silent_since.at(worker) : time;
  }
  void drop(ranks::WorkerId worker, bool is_gone) override { dropped[worker] = is_gone; }

  void come(ranks::WorkerId worker, std::int64_t rank) {
    arrivals.push_back({worker, ranks::Arrival::What::Came, "rank " + std::to_string(rank), rank});
  }
  void say(ranks::WorkerId worker, const ranks::Message& message) {
    arrivals.push_back({worker, ranks::Arrival::What::Said, ranks::bytes_of(message), -1});
  }
  // Comes, and is ready after these steps.
  void join(ranks::WorkerId worker, std::uint64_t done = 0) {
    come(worker, worker);
    say(worker, ranks::Ready{done});
  }
  // What was sent to the worker since it was last asked.
  std::vector<ranks::Message> take_sent(ranks::WorkerId worker) {
    return std::exchange(sent[worker], {});
  }

  ranks::Nanoseconds time = std::chrono::hours(1);
  std::deque<ranks::Arrival> arrivals;
  std::map<ranks::WorkerId, std::vector<ranks::Message>> sent;
  std::map<ranks::WorkerId, ranks::Nanoseconds> silent_since;
  std::map<ranks::WorkerId, bool> dropped;  // is_gone
  std::function<void()> on_wait;            // before a wait with nothing there
};

class ScriptedWorkerLink final : public ranks::WorkerLink {
 public:
  ranks::Nanoseconds now() override { return time; }
  std::optional<std::string> next(ranks::Nanoseconds until) override {
    if (arrived.empty() && on_wait) on_wait();
    if (arrived.empty()) {
      if (is_gone) throw RunError("the link is gone", "ranks", "");
      if (++idle > 10'000) throw std::logic_error("the worker waits for what never comes");
      time = std::max(time, until);
      return std::nullopt;
    }
    idle = 0;
    std::string bytes = arrived.front();
    arrived.pop_front();
    return bytes;
  }
  void send(std::string bytes) override {
    for (ranks::Message& message : ranks::messages_in(bytes)) said.push_back(std::move(message));
  }
  ranks::Nanoseconds last_heard() override { return silent_since.value_or(time); }

  // All in one piece.
  void tell(const std::vector<ranks::Message>& messages) {
    std::string bytes;
    for (const ranks::Message& message : messages) ranks::append(message, bytes);
    arrived.push_back(bytes);
  }

  ranks::Nanoseconds time = std::chrono::hours(1);
  std::deque<std::string> arrived;
  std::vector<ranks::Message> said;
  std::optional<ranks::Nanoseconds> silent_since;
  std::function<void()> on_wait;
  bool is_gone = false;
  int idle = 0;
};

}  // namespace trainbus::testing
