// Messages of an isolated plugin's process, read from its frames. Its plugin may write anything
// to the socket: a malformed frame is refused, and has no other effect.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "core/host/isolate/wire.hpp"

namespace trainbus::isolate {

// Which members are set depends on the type; see Type.
struct Message {
  Type type = Type::Done;
  std::uint64_t step = 0;               // Done
  bool ok = false;                      // Done, State
  std::string_view text;                // all but Ready, Begun, Judged, a successful Done
  std::int32_t level = 0;               // Log
  std::uint32_t row = 0;                // Live
  Question question = Question::Claim;  // Ask
  std::vector<std::pair<std::string, double>> metrics;  // Done
  std::uint64_t item = 0;                               // Begun, Judged
  double reward = 0;                                    // Judged
};

// The views are into the frame. Throws RunError for a frame that is too short or too long, of a
// type that only the training process sends, or with an impossible value.
TRAINBUS_EXPORT Message read_message(const Frame& frame);

}  // namespace trainbus::isolate
