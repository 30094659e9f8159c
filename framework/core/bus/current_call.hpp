// The name of the observer that a thread is calling, for messages about a crash or an exit().
#pragma once

#include "core/export.hpp"

namespace trainbus {

// The observer that the calling thread is in; null: none. Safe inside a signal handler.
TRAINBUS_EXPORT const char* current_observer() noexcept;

// Sets the current observer for its scope. name must outlive it.
class TRAINBUS_EXPORT CurrentCall {
 public:
  explicit CurrentCall(const char* name) noexcept;
  ~CurrentCall();
  CurrentCall(const CurrentCall&) = delete;
  CurrentCall& operator=(const CurrentCall&) = delete;

 private:
  const char* const outer_;
};

}  // namespace trainbus
