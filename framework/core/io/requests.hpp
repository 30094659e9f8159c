// What the world outside asks of a run, by signals mostly: to end in order, to hurry, to save.
// Polled by whoever runs it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "core/export.hpp"

namespace trainbus {

// Thread-safe.
class TRAINBUS_EXPORT Requests {
 public:
  // To end in order. author: "signal", an observer's name. reason: one phrase, "SIGINT". The first
  // request counts; later ones change nothing.
  void stop(std::string author, std::string reason);
  bool stop_requested() const { return stop_.load(std::memory_order_acquire); }
  std::string author() const;  // empty until then
  std::string reason() const;

  // To end without what takes long: nothing more is saved.
  void hurry() { hurry_.store(true, std::memory_order_release); }
  bool hurried() const { return hurry_.load(std::memory_order_acquire); }

  // To save and go on. take_save: whether that was asked for since the last call.
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
