// The name of the observer that a thread is inside of: for naming the culprit of a crash or an
// exit().
#pragma once

#include "core/export.hpp"

namespace trainbus {

// For the calling thread; null: it is in no observer. Safe inside a signal handler.
TRAINBUS_EXPORT const char* current_observer() noexcept;

// Says so for its scope. name must outlive it.
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
