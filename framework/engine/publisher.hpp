// Publishes the engine's events: fills in step, epoch and times, and skips events that no observer
// wants.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "core/bus/bus.hpp"
#include "core/bus/event.hpp"
#include "core/export.hpp"

namespace trainbus {

// The position in the run that every event carries.
struct Position {
  std::uint64_t step = 0;
  std::uint64_t epoch = 0;
  std::uint32_t attempt = 1;
  // When a replayed event first happened, in nanoseconds since 1970; it is published in the phase
  // CatchUp. None: the event is happening now.
  std::optional<std::int64_t> happened_unix_ns;
};

// One thread. The event is reused, so that a step allocates nothing.
class TRAINBUS_EXPORT Publisher {
 public:
  using Scalars = std::initializer_list<std::pair<tb_text, double>>;

  explicit Publisher(Bus& bus) : bus_(bus) {}

  Bus& bus() { return bus_; }
  Position& position() { return position_; }
  // Monotonic nanoseconds since start().
  std::int64_t run_ns() const;
  static std::int64_t unix_ns();  // since 1970, now
  void start() { start_ = std::chrono::steady_clock::now(); }

  // Returns an event to fill; call publish() before the next begin().
  Event& begin(EventKind kind, Phase phase = Phase::Train);
  void publish() { bus_.publish(event_); }
  void publish(EventKind kind, Scalars scalars, std::string text = {}, Phase phase = Phase::Train);
  bool wanted(EventKind kind) const { return bus_.wanted(kind); }

 private:
  Bus& bus_;
  Position position_;
  Event event_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace trainbus
