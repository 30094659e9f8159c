// The name of the plugin that a thread is calling, for messages about a crash or an exit().
#pragma once

#include "core/export.hpp"

namespace trainbus {

// The plugin whose code the calling thread is in; null: none. Safe inside a signal handler.
TRAINBUS_EXPORT const char* current_plugin() noexcept;

// Whether it is one that a run can do without. As safe.
TRAINBUS_EXPORT bool can_leave_out_current() noexcept;

// Sets the current plugin for its scope. name must outlive it.
class TRAINBUS_EXPORT CurrentCall {
 public:
  enum class Of { Observer, Reward };  // a run cannot leave its reward out
  explicit CurrentCall(const char* name, Of of = Of::Observer) noexcept;
  ~CurrentCall();
  CurrentCall(const CurrentCall&) = delete;
  CurrentCall& operator=(const CurrentCall&) = delete;

 private:
  const char* const outer_;
  const bool outer_can_leave_out_;
};

}  // namespace trainbus
