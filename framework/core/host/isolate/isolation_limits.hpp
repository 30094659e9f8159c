// How long the training waits for a plugin that lives in a process of its own.
#pragma once

#include <chrono>

namespace trainbus {

struct IsolationLimits {
  // To start its process and to create the instance: on a busy machine longer than an event takes.
  std::chrono::nanoseconds start_limit = std::chrono::seconds(30);
  std::chrono::nanoseconds patience = std::chrono::seconds(2);     // to accept an event, to emit
  std::chrono::nanoseconds hang_limit = std::chrono::seconds(30);  // to finish an event
};

}  // namespace trainbus
