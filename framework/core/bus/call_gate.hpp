// Which observer the bus thread is calling, so that a call that never returns can be given up.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/export.hpp"

namespace trainbus {

struct Subscription;

// Shared by the bus thread, which enters and leaves calls, and the training thread, which may give
// up the current call. Calls are numbered; whoever advances the number first wins. A thread whose
// call was given up never returns from leave().
class TRAINBUS_EXPORT CallGate {
 public:
  using Clock = std::chrono::steady_clock;

  // Returns the call's number, for leave().
  std::uint64_t enter(Subscription* subscription, Clock::time_point now) {
    subscription_.store(subscription, std::memory_order_relaxed);
    since_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    const std::uint64_t call = state_.load(std::memory_order_relaxed) + 1;
    state_.store(call, std::memory_order_release);
    return call;
  }
  void leave(std::uint64_t call) {
    if (!state_.compare_exchange_strong(call, call + 1, std::memory_order_acq_rel))
      sleep_for_ever();
  }

  // The number of the current call, for give_up(); 0: there is none.
  std::uint64_t call() const {
    const std::uint64_t state = state_.load(std::memory_order_acquire);
    return state % 2 ? state : 0;
  }
  Clock::duration age(Clock::time_point now) const {
    return now - Clock::time_point(Clock::duration(since_.load(std::memory_order_relaxed)));
  }
  Subscription* subscription() const { return subscription_.load(std::memory_order_relaxed); }
  // Returns whether the call had not yet returned. If so, its thread is lost, and another thread
  // may enter calls.
  bool give_up(std::uint64_t call) {
    return state_.compare_exchange_strong(call, call + 1, std::memory_order_acq_rel);
  }

  [[noreturn]] static void sleep_for_ever();

 private:
  std::atomic<std::uint64_t> state_ = 0;  // odd during a call
  std::atomic<Clock::rep> since_ = 0;
  std::atomic<Subscription*> subscription_ = nullptr;
};

}  // namespace trainbus
