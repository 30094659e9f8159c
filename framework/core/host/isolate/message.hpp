// What an isolated observer's process says, read from its frames. Its plugin may write anything to
// the socket: a frame that says nothing sensible is refused, and nothing else happens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "core/host/isolate/wire.hpp"

namespace trainbus::isolate {

// Which of these there are is the type's business; see Type.
struct Message {
  Type type = Type::Done;
  std::uint64_t step = 0;                               // Done
  bool ok = false;                                      // Done, State
  std::string_view text;                                // all but Ready and Done that went well
  std::int32_t level = 0;                               // Log
  std::uint32_t row = 0;                                // Live
  Question question = Question::Claim;                  // Ask
  std::vector<std::pair<std::string, double>> metrics;  // Done
};

// The views are into the frame. Throws RunError for a frame that is too short or too long, of a
// type that the training process sends itself, or with a value that cannot be.
TRAINBUS_EXPORT Message read_message(const Frame& frame);

}  // namespace trainbus::isolate
