// A request to end the run in order: who asked, and why. Made by the launcher's signal handling or
// by a control, polled by the trainer between steps.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "core/export.hpp"

namespace trainbus {

// Thread-safe. The first request counts; later ones change nothing.
class TRAINBUS_EXPORT StopRequest {
 public:
  // author: "signal", an observer's name. reason: one phrase, "SIGINT".
  void request(std::string author, std::string reason);
  bool requested() const { return requested_.load(std::memory_order_acquire); }
  std::string author() const;  // empty until requested
  std::string reason() const;

 private:
  std::atomic<bool> requested_ = false;
  mutable std::mutex mutex_;
  std::string author_, reason_;
};

}  // namespace trainbus
