// Requests to a run from outside, mostly by signals: stop cleanly, stop fast, save. The training
// loop polls them.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "core/export.hpp"

namespace trainbus {

// Thread-safe.
class TRAINBUS_EXPORT Requests {
 public:
  // Requests a clean stop. author: "signal", or an observer's name. reason: one phrase, "SIGINT".
  // The first request counts; later ones are ignored.
  void stop(std::string author, std::string reason);
  bool stop_requested() const { return stop_.load(std::memory_order_acquire); }
  std::string author() const;  // empty until then
  std::string reason() const;

  // Requests a fast stop: nothing more is saved.
  void hurry() { hurry_.store(true, std::memory_order_release); }
  bool hurried() const { return hurry_.load(std::memory_order_acquire); }

  // Requests a save; the run continues. take_save: whether one was requested since the last call.
  void save() { save_.store(true, std::memory_order_release); }
  bool take_save() {
    return save_.load(std::memory_order_relaxed) &&
           save_.exchange(false, std::memory_order_acq_rel);
  }

 private:
  std::atomic<bool> stop_ = false, hurry_ = false, save_ = false;
  mutable std::mutex mutex_;
  std::string author_, reason_;
};

}  // namespace trainbus
